// What a Node.js language host starts where it cannot start pulumi-resource-aws.
require("../../../dist/local/aws-provider/main.js");
