/*---
title    = "Instance that answers metadata requests without a session token"
severity = "medium"
leg      = "configured"
family   = "instance-metadata"
message  = "{shown_name} answers metadata requests, those for credentials too, without a session token"
why      = """
The metadata service gives the credentials of the instance's role to whoever can send one plain GET request from the machine. A
web application that fetches an address which a visitor names, or a proxy that forwards too much, is such a sender. Session
tokens (IMDSv2) need a PUT request and a header of their own, which such a sender can rarely be made to add."""
fix      = "aws ec2 modify-instance-metadata-options --region {region} --instance-id {instance_id} --http-tokens required"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-transition-to-version-2.html",
]

[frameworks]
fsbp = ["EC2.8"]
"cis-3.0" = ["5.6"]
"cis-5.0" = ["5.7"]
nist-800-53r5 = ["AC-3", "AC-3(7)", "AC-3(15)", "AC-6"]
"pci-dss-4.0.1" = ["2.2.6"]

[reasons]
optional = "the metadata service answers without a session token"
required = "the metadata service asks for a session token"
disabled = "the metadata service does not answer at all"
---*/
select
    i.arn as resource,
    i.account_id,
    i.state not in ('shutting-down', 'terminated') as applies,
    i.metadata_http_endpoint = 'disabled' or i.metadata_http_tokens = 'required' as ok,
    case
        when i.metadata_http_endpoint = 'disabled' then 'disabled'
        when i.metadata_http_tokens = 'required' then 'required'
        when i.metadata_http_endpoint = 'enabled' and i.metadata_http_tokens = 'optional' then 'optional'
    end as reason,
    iif(i.name = '', i.instance_id, i.name || ' (' || i.instance_id || ')') as shown_name,
    i.instance_id, i.state, i.metadata_http_endpoint, i.metadata_http_tokens, i.metadata_hop_limit, i.iam_instance_profile_arn,
    i.image_id, i.launch_time, i.public_ip
from aws_ec2_instance as i
