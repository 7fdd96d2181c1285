"""REST APIs and custom resources in stacks: what the emulator's CloudFormation cannot make of them."""

from .stacks import PHYSICAL, makes


@makes("AWS::ApiGateway::Authorizer")
def authorizer(api, wanted, request):
    words = {
        "AuthorizerCredentials": "authorizerCredentials", "AuthorizerUri": "authorizerUri", "IdentitySource": "identitySource", "Name": "name",
        "IdentityValidationExpression": "identityValidationExpression", "ProviderARNs": "providerARNs", "Type": "type",
        "AuthorizerResultTtlInSeconds": "authorizerResultTtlInSeconds", "AuthType": "authType", "RestApiId": "restApiId",
    }  # fmt: skip
    made = api.apigateway.create_authorizer(**{words[name]: value for name, value in wanted.items()})["id"]
    return {PHYSICAL: made, "AuthorizerId": made}


@makes("AWS::CloudFormation::CustomResource")
def custom_resource(api, wanted, request):
    """Its function is mostly no Python, which nothing here runs: two of the CDK's are done here, the others do nothing (tier T3)."""
    if request.resource_type == "Custom::VpcRestrictDefaultSG":
        group = api.ec2.describe_security_groups(GroupIds=[wanted["DefaultSecurityGroupId"]])["SecurityGroups"][0]
        if group["IpPermissions"]:
            api.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
        if group["IpPermissionsEgress"]:
            api.ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    if request.resource_type == "Custom::S3BucketNotifications":
        given = wanted.get("NotificationConfiguration") or {}
        api.s3.put_bucket_notification_configuration(Bucket=wanted["BucketName"], NotificationConfiguration=given)
    return {PHYSICAL: f"{request.stack_name}-{request.logical_resource_id}"}
