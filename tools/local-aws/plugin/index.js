// What a Node.js language host starts where it cannot start pulumi-resource-aws.
require("../../../build/tools/local-aws/aws-provider/main.js");
