package azureblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

const Scheme = "azblob"

type ServiceURLOptions struct{}

type URLOpener struct {
	MakeClient        func() error
	ServiceURLOptions ServiceURLOptions
}

func (*URLOpener) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, NewDefaultClient()
}

func NewDefaultClient() error {
	return errors.New("this build of Pulumi has no Azure: tools/pulumi-engine/README.md")
}

func NewDefaultServiceURLOptions() *ServiceURLOptions { return &ServiceURLOptions{} }
