/*---
title    = "Instance on an operating system whose life is over"
severity = "high"
leg      = "working"
family   = "building-blocks"
message  = "{shown_name} was started from {image_name}: {meaning}"
why      = """
After its last day an operating system gets no fix any more, whatever is found in its kernel or its libraries, and `yum update`
reports success because there is nothing to fetch. Amazon Linux cannot be upgraded from one generation to the next in place, so
the machine has to be made anew. What runs there is told here by the name of the image; an instance that was changed by hand
since, or an image whose name says nothing, needs a look at the machine."""
fix      = "aws ec2 describe-images --region {region} --owners amazon --filters 'Name=name,Values=al2023-ami-2023*' Name=state,Values=available --query 'sort_by(Images, &CreationDate)[-4:].[CreationDate, ImageId, Name]' --output table"
references = [
    "https://docs.aws.amazon.com/AL2/latest/relnotes/relnotes-al2.html",
    "https://docs.aws.amazon.com/linux/al2023/ug/what-is-amazon-linux.html",
]

[frameworks]
soc2 = ["CC7.1"]

[reasons]
os_supported = "its operating system is kept up until {end_of_life}"
al1_eol      = "that is the first Amazon Linux, whose life ended on {end_of_life}"
al2_eol      = "that is Amazon Linux 2, whose life ended on {end_of_life}"
os_not_told  = "the name of its image does not tell the operating system"

[params.watched_elsewhere]
default = []
doc     = "Names of images, with wildcards, whose operating system is watched by other means."
---*/
with release (pattern, code, end_of_life) as (
    -- The first that matches counts, so exceptions come first.
    values
        ('amzn-ami-*', 'al1_eol', '2023-12-31'),
        ('amzn2-ami-*', 'al2_eol', '2026-06-30'),
        ('*amazon linux 2023*', 'os_supported', '2029-06-30'),
        ('*al2023*', 'os_supported', '2029-06-30'),
        ('*amazon linux 2 *', 'al2_eol', '2026-06-30'),
        ('*amazonlinux2 *', 'al2_eol', '2026-06-30')
),
started as (
    select
        i.*, m.name as image_name, a.description as image_description,
        -- Names are compared in small letters, and with a blank at the end, so that a pattern can end a word.
        (
            select r.code || ' ' || r.end_of_life
            from release as r
            where lower(coalesce(m.name, '')) || ' ' glob r.pattern or lower(coalesce(a.description, '')) || ' ' glob r.pattern
            limit 1
        ) as found,
        date(clock.started_at) as today
    from aws_ec2_instance as i
    cross join snapshot as clock
    left join aws_ec2_instance_image_metadata as m on m.arn = i.arn and m.account_id = i.account_id
    left join aws_ec2_ami as a on a.image_id = i.image_id and a.account_id = i.account_id and a.region = i.region
),
dated as (
    select
        s.*, substr(s.found, 1, instr(s.found, ' ') - 1) as code, substr(s.found, instr(s.found, ' ') + 1) as end_of_life
    from started as s
)
select
    d.arn as resource,
    d.account_id,
    d.state not in ('shutting-down', 'terminated') and d.platform <> 'windows'
        and not exists (select 1 from json_each(:watched_elsewhere) as w where coalesce(d.image_name, '') glob w.value) as applies,
    case when d.code = 'os_supported' then 1 when d.today > d.end_of_life then 0 when d.today <= d.end_of_life then 1 end as ok,
    case
        when d.code is null then 'os_not_told'
        when d.today <= d.end_of_life or d.code = 'os_supported' then 'os_supported'
        else d.code
    end as reason,
    iif(d.name = '', d.instance_id, d.name || ' (' || d.instance_id || ')') as shown_name,
    d.instance_id, d.state, d.launch_time, d.image_id, d.image_name, d.image_description, d.end_of_life
from dated as d
