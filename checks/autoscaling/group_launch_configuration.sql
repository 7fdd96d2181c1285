/*---
title    = "Auto Scaling group with a launch configuration"
severity = "info"
leg      = "configured"
family   = "launch-source"
message  = "{name} starts its instances by the launch configuration {launch_configuration_name}: {meaning}"
why      = """
Launch configurations are the older form. AWS adds nothing to them any more, new accounts cannot make them, and none of the types
of the last years can be started with one: whoever wants to move on has to change the form first."""
fix      = "aws autoscaling update-auto-scaling-group --region {region} --auto-scaling-group-name {name} --launch-template LaunchTemplateName=TEMPLATE_NAME,Version=VERSION"
references = ["https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html"]

[reasons]
launch_template      = "it uses a launch template"
launch_configuration = "that is the older form, which AWS no longer extends"
---*/
select
    g.arn as resource,
    g.account_id,
    g.launch_template_id <> '' or g.launch_configuration_name <> '' as applies,
    g.launch_configuration_name = '' as ok,
    iif(g.launch_configuration_name = '', 'launch_template', 'launch_configuration') as reason,
    g.name, g.launch_configuration_name, g.launch_template_id
from aws_ec2_autoscaling_group as g
