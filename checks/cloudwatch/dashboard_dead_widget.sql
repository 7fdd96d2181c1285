/*---
title    = "Dashboard that shows nothing where something should be"
severity = "medium"
leg      = "working"
family   = "dashboards"
message  = "The dashboard {name} has {bad_widgets} empty: {meaning} ({first_widget})"
why      = """
A dashboard looks healthy when it has all of its widgets, and a widget that looks at another region, or at something that is gone,
draws a flat line. On the day of the incident the flat line is taken for calm. A metric that nobody has published for two weeks
in the region that the widget looks at says nothing about what runs."""
fix      = "aws cloudwatch get-dashboard --dashboard-name {name} --query DashboardBody --output text  # correct widget {first_widget}, then aws cloudwatch put-dashboard"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
alive                  = "every widget that can be judged shows something"
dashboard_wrong_region = "what it should show is published in another region than the one that it looks at"
dashboard_dead_widget  = "nothing that it should show was published in two weeks"
too_new                = "it was changed less than a day ago, and may be ahead of what it shows"

[params.sparse]
default = [
    "HTTPCode_*", "*5XX*", "*4XX*", "*5xx*", "*4xx*", "*Rejected*", "*Dropped*", "*Throttle*", "*DeadLetter*", "*Failed*", "*Failures*",
    "*Unhealthy*", "*ErrorCount*", "*UserErrors*", "*SystemErrors*",
]
doc     = "Names of metrics that are published only when something happens, as GLOB patterns: their silence proves nothing."
---*/
with metric as (
    select
        m.arn, m.account_id, m.widget_index, m.metric_region, m.namespace, m.metric_name,
        exists (select 1 from json_each(:sparse) as p where m.metric_name glob p.value) as is_sparse,
        a.datapoints_14d as points,
        (
            select min(e.region)
            from aws_cloudwatch_dashboard_metric_activity as e
            where e.arn = m.arn and e.account_id = m.account_id and e.namespace = m.namespace and e.metric_name = m.metric_name
                and e.dimensions = m.dimensions and e.region <> m.metric_region and e.datapoints_14d > 0
        ) as other_region
    from aws_cloudwatch_dashboard_metric as m
    left join aws_cloudwatch_dashboard_metric_activity as a
        on a.arn = m.arn and a.account_id = m.account_id and a.namespace = m.namespace and a.metric_name = m.metric_name
        and a.dimensions = m.dimensions and a.region = m.metric_region
    -- What another account publishes is seen from there.
    where m.metric_account_id in ('', m.account_id)
),
widget as (
    select
        m.arn, m.account_id, m.widget_index,
        -- Of metrics that are published now and then only, silence proves nothing.
        count(*) filter (where not m.is_sparse or m.points > 0 or m.other_region is not null) as judged,
        coalesce(max(m.points > 0), 0) as is_alive,
        max(m.points is null) as is_unread,
        min(m.other_region) filter (where m.points = 0) as other_region,
        min(m.metric_region) as metric_region,
        min(m.namespace || ' ' || m.metric_name) as example
    from metric as m
    group by m.arn, m.account_id, m.widget_index
),
judged as (
    select
        w.*,
        case
            when w.other_region is not null then 'dashboard_wrong_region'
            when w.is_alive then 'alive'
            when w.is_unread then null
            when w.judged > 0 then 'dashboard_dead_widget'
            else 'alive'
        end as code,
        x.title
    from widget as w
    join aws_cloudwatch_dashboard_widget as x
        on x.arn = w.arn and x.account_id = w.account_id and x.widget_index = w.widget_index
),
board as (
    select
        d.arn, d.account_id, d.name, d.widget_count, d.last_modified,
        julianday(clock.started_at) - julianday(d.last_modified) < 1 as is_new,
        count(j.widget_index) as widgets,
        count(j.widget_index) filter (where j.code = 'dashboard_wrong_region') as wrong,
        count(j.widget_index) filter (where j.code = 'dashboard_dead_widget') as dead,
        count(j.widget_index) filter (where j.code is null) as unread
    from aws_cloudwatch_dashboard as d
    cross join snapshot as clock
    left join judged as j on j.arn = d.arn and j.account_id = d.account_id
    group by d.arn, d.account_id
),
first as (
    select
        j.arn, j.account_id, j.widget_index, j.title, j.metric_region, j.other_region, j.example,
        row_number() over (
            partition by j.arn, j.account_id order by j.code <> 'dashboard_wrong_region', j.widget_index
        ) as nth
    from judged as j
    where j.code in ('dashboard_wrong_region', 'dashboard_dead_widget')
)
select
    b.arn as resource,
    b.account_id,
    iif(b.widget_count is null, null, b.widgets > 0) as applies,
    case
        when b.widget_count is null then null
        when b.wrong > 0 then 0
        when b.dead > 0 then iif(b.is_new, null, 0)
        when b.unread > 0 then null
        else 1
    end as ok,
    case
        when b.widget_count is null then null
        when b.wrong > 0 then 'dashboard_wrong_region'
        when b.dead > 0 then iif(b.is_new, 'too_new', 'dashboard_dead_widget')
        when b.unread > 0 then null
        else 'alive'
    end as reason,
    b.name,
    iif(b.wrong + b.dead = 1, '1 widget', (b.wrong + b.dead) || ' widgets') as bad_widgets,
    f.widget_index || iif(f.title = '', '', ' "' || f.title || '"') || ', ' || f.example || ' in '
        || iif(f.metric_region = '', 'no region', f.metric_region)
        || coalesce(', published in ' || f.other_region, '') as first_widget,
    f.metric_region, f.other_region as published_in, b.widgets, b.wrong as wrong_region_widgets, b.dead as dead_widgets,
    b.last_modified
from board as b
left join first as f on f.arn = b.arn and f.account_id = b.account_id and f.nth = 1
