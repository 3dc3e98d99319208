# The usual script in Python: scan page by page, write with batch_writer. Prints the seconds that it took.
import sys
import time

import boto3

_, endpoint, source, target = sys.argv
dynamodb = boto3.resource(
    "dynamodb",
    endpoint_url=endpoint,
    region_name="eu-west-1",
    aws_access_key_id="bench",
    aws_secret_access_key="bench",
)
began = time.perf_counter()
scan = dynamodb.Table(source).scan
with dynamodb.Table(target).batch_writer() as batch:
    page = scan(ConsistentRead=True)
    while True:
        for item in page["Items"]:
            batch.put_item(Item=item)
        if "LastEvaluatedKey" not in page:
            break
        page = scan(ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"])
print(time.perf_counter() - began)
