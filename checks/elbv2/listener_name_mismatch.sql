/*---
title    = "Load balancer whose certificate is for another name"
severity = "high"
leg      = "configured"
family   = "tls"
message  = "{name}, port {port}: {meaning} ({detail}); its certificates are for {certificate_names}"
why      = """
DNS leads clients to the load balancer by a name, and the certificate has to be for that very name: every client checks it and hangs
up. The listener shows no sign of it, and neither does the certificate, which is issued and valid, for something else. The names are
taken from the account's own Route 53 zones; the name that AWS gave the load balancer never matches and is not asked for."""
fix      = "aws elbv2 add-listener-certificates --region {region} --listener-arn {resource} --certificates CertificateArn=CERTIFICATE_ARN"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
]

[frameworks]
soc2 = ["CC6.7"]

[reasons]
name_matches     = "its certificates are for the names that lead to it"
name_mismatch    = "no certificate is for a name that leads to it"
hostname_unknown = "nobody knows by which name clients call it: no Route 53 record that was read leads to it"
cert_unreadable  = "a certificate is not among those that could be read, so nobody can say which names it is for"

[params.hostnames]
default = []
doc     = "Names by which clients call it, for load balancers whose DNS is kept somewhere else; set it in a rule for that load balancer."
---*/
with listener as (
    select l.arn, l.account_id, l.region, l.load_balancer_arn, l.port, l.protocol, l.certificate_count, b.name, b.scheme, b.dns_name,
        b.listener_count
    from aws_elbv2_listener as l
    join aws_elbv2_load_balancer as b on b.arn = l.load_balancer_arn and b.account_id = l.account_id
),
called as materialized (
    select distinct n.arn as load_balancer_arn, n.account_id, n.name from aws_elbv2_load_balancer_name as n
    union
    select b.arn, b.account_id, lower(h.value) from aws_elbv2_load_balancer as b cross join json_each(:hostnames) as h
),
-- One line for each name, listener and certificate: whether the certificate is for the name.
fit as materialized (
    select
        c.load_balancer_arn, c.account_id, c.name, o.arn as listener_arn,
        iif(
            a.subject_alternative_names is null,
            null,
            exists (
                select 1
                from json_each(a.subject_alternative_names) as s
                where s.value = c.name
                    or (
                        s.value glob '[*].?*' and c.name not glob '[*]*'
                        and substr(s.value, 3) = substr(c.name, instr(c.name, '.') + 1)
                    )
            )
        ) as is_for
    from called as c
    join listener as o on o.load_balancer_arn = c.load_balancer_arn and o.account_id = c.account_id
    join aws_elbv2_listener_certificate as lc on lc.arn = o.arn and lc.account_id = o.account_id
    left join aws_certificate as a on a.arn = lc.certificate_arn and a.account_id = lc.account_id
),
fit_here as materialized (
    select listener_arn, account_id, name, coalesce(max(is_for), 0) or iif(count(is_for) < count(*), null, 0) as is_covered
    from fit
    group by listener_arn, account_id, name
),
fit_there as materialized (
    select load_balancer_arn, account_id, name, coalesce(max(is_for), 0) or iif(count(is_for) < count(*), null, 0) as is_covered
    from fit
    group by load_balancer_arn, account_id, name
),
unread as materialized (
    select distinct load_balancer_arn, account_id from listener where certificate_count is null
),
unread_zone as materialized (
    select distinct account_id from aws_route53_zone where record_count is null
),
name as materialized (
    select
        l.arn, l.account_id, c.name,
        iif(l.certificate_count is null, null, iif(h.name is null, 0, h.is_covered)) as is_covered_here,
        iif(t.name is null, 0, t.is_covered) or iif(u.account_id is null, 0, null) as is_covered
    from listener as l
    join called as c on c.load_balancer_arn = l.load_balancer_arn and c.account_id = l.account_id
    left join fit_here as h on h.listener_arn = l.arn and h.account_id = l.account_id and h.name = c.name
    left join fit_there as t
        on t.load_balancer_arn = l.load_balancer_arn and t.account_id = l.account_id and t.name = c.name
    left join unread as u on u.load_balancer_arn = l.load_balancer_arn and u.account_id = l.account_id
),
shown as materialized (
    select c.arn, c.account_id, group_concat(c.name, ', ' order by c.name) as certificate_names
    from (
        select distinct lc.arn, lc.account_id, s.value as name
        from aws_elbv2_listener_certificate as lc
        join aws_certificate as a on a.arn = lc.certificate_arn and a.account_id = lc.account_id
        join json_each(a.subject_alternative_names) as s
    ) as c
    group by c.arn, c.account_id
),
judged as materialized (
    select
        l.*,
        -- A record for all names below one tells not which of them clients use: it counts only where a certificate is for just that.
        count(n.name) filter (where n.name not glob '[*]*' or n.is_covered is not 0) as name_count,
        min(n.is_covered) filter (where n.name not glob '[*]*') = 0 as is_one_uncovered,
        max(coalesce(n.is_covered_here, 1)) filter (where n.name not glob '[*]*') = 0 as is_none_covered_here,
        max(n.is_covered_here) = 1 as is_one_covered_here,
        count(n.is_covered) < count(n.name) or count(n.is_covered_here) < count(n.name) as is_one_unread,
        z.account_id is not null as is_a_zone_unread,
        group_concat(n.name, ', ' order by n.name)
            filter (where n.name not glob '[*]*' and (n.is_covered = 0 or n.is_covered_here = 0)) as detail
    from listener as l
    left join name as n on n.arn = l.arn and n.account_id = l.account_id
    left join unread_zone as z on z.account_id = l.account_id
    group by l.arn, l.account_id
)
select
    l.arn as resource,
    l.account_id,
    l.protocol in ('HTTPS', 'TLS') and l.certificate_count is not 0 as applies,
    case
        when j.is_one_uncovered or j.is_none_covered_here then 0
        when j.name_count = 0 or j.is_one_unread or j.is_a_zone_unread then null
        when j.is_one_covered_here then 1
    end as ok,
    case
        when j.is_one_uncovered or j.is_none_covered_here then 'name_mismatch'
        when j.is_a_zone_unread then null
        when j.name_count = 0 then 'hostname_unknown'
        when j.is_one_unread then 'cert_unreadable'
        when j.is_one_covered_here then 'name_matches'
    end as reason,
    coalesce(j.detail, '') as detail,
    coalesce(s.certificate_names, '') as certificate_names,
    j.name, j.scheme, j.dns_name, j.load_balancer_arn, j.port, j.protocol, j.certificate_count, j.listener_count, j.name_count
from aws_elbv2_listener as l
join judged as j on j.arn = l.arn and j.account_id = l.account_id
left join shown as s on s.arn = l.arn and s.account_id = l.account_id
