-- On which runtime the code of a function runs, $LATEST and each published version, and when AWS lets that runtime go. No call tells
-- those dates, so they are written down here, as of the day that is given with them:
-- https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
-- column arn: ARN of the function.
-- column account_id: Account that was read.
-- column region: Region.
-- column function_name: Name of the function.
-- column version: `$LATEST`, or the number of the version.
-- column runtime: Runtime; '' for a container image.
-- column package_type: `Zip` or `Image`.
-- column deprecation_date: Day from which AWS no longer patches the runtime; NULL when the table does not have it.
-- column block_create_date: Day from which no function can be made on it; NULL when the table does not have it.
-- column block_update_date: Day from which no function on it can be changed; NULL when the table does not have it.
-- column as_of: Day of which these dates are. AWS moves them, mostly to later ones.
with lifecycle (runtime, deprecation_date, block_create_date, block_update_date) as (
    values
        ('nodejs24.x', '2028-04-30', '2028-06-01', '2028-07-01'),
        ('nodejs22.x', '2027-04-30', '2027-06-01', '2027-07-01'),
        ('nodejs20.x', '2026-04-30', '2026-08-31', '2026-09-30'),
        ('nodejs18.x', '2025-09-01', '2026-08-31', '2026-09-30'),
        ('nodejs16.x', '2024-06-12', '2026-08-31', '2026-09-30'),
        ('nodejs14.x', '2023-12-04', '2024-01-09', '2026-09-30'),
        ('nodejs12.x', '2023-03-31', '2023-03-31', '2023-04-30'),
        ('nodejs10.x', '2021-07-30', '2021-07-30', '2022-02-14'),
        ('nodejs8.10', '2020-03-06', '2020-02-04', '2020-03-06'),
        ('nodejs6.10', '2019-08-12', '2019-07-12', '2019-08-12'),
        ('nodejs4.3', '2020-03-05', '2020-02-03', '2020-03-05'),
        ('nodejs4.3-edge', '2020-03-05', '2019-03-31', '2019-04-30'),
        ('nodejs', '2016-08-30', '2016-09-30', '2016-10-31'),
        ('python3.14', '2029-06-30', '2029-07-31', '2029-08-31'),
        ('python3.13', '2029-06-30', '2029-07-31', '2029-08-31'),
        ('python3.12', '2028-10-31', '2028-11-30', '2029-01-10'),
        ('python3.11', '2027-06-30', '2027-07-31', '2027-08-31'),
        ('python3.10', '2026-10-31', '2026-11-30', '2027-01-15'),
        ('python3.9', '2025-12-15', '2026-08-31', '2026-09-30'),
        ('python3.8', '2024-10-14', '2026-08-31', '2026-09-30'),
        ('python3.7', '2023-12-04', '2024-01-09', '2026-09-30'),
        ('python3.6', '2022-07-18', '2022-07-18', '2022-08-29'),
        ('python2.7', '2021-07-15', '2021-07-15', '2022-05-30'),
        ('java25', '2029-06-30', '2029-07-31', '2029-08-31'),
        ('java21', '2029-06-30', '2029-07-31', '2029-08-31'),
        ('java17', '2027-06-30', '2027-07-31', '2027-08-31'),
        ('java11', '2027-06-30', '2027-07-31', '2027-08-31'),
        ('java8.al2', '2027-06-30', '2027-07-31', '2027-08-31'),
        ('java8', '2024-01-08', '2024-02-08', '2026-09-30'),
        ('dotnet10', '2028-11-14', '2028-12-14', '2029-01-15'),
        ('dotnet8', '2026-11-10', '2026-12-10', '2027-01-11'),
        ('dotnet6', '2024-12-20', '2026-08-31', '2026-09-30'),
        ('dotnetcore3.1', '2023-04-03', '2023-04-03', '2023-05-03'),
        ('dotnetcore2.1', '2022-01-05', '2022-01-05', '2022-04-13'),
        ('dotnetcore2.0', '2019-05-30', '2019-04-30', '2019-05-30'),
        ('dotnetcore1.0', '2019-06-27', '2019-06-30', '2019-07-30'),
        ('ruby3.4', '2028-03-31', '2028-04-30', '2028-05-31'),
        ('ruby3.3', '2027-03-31', '2027-04-30', '2027-05-31'),
        ('ruby3.2', '2026-03-31', '2026-08-31', '2026-09-30'),
        ('ruby2.7', '2023-12-07', '2024-01-09', '2026-09-30'),
        ('ruby2.5', '2021-07-30', '2021-07-30', '2022-03-31'),
        ('go1.x', '2024-01-08', '2024-02-08', '2026-09-30'),
        ('provided.al2023', '2029-06-30', '2029-07-31', '2029-08-31'),
        ('provided.al2', '2026-07-31', '2026-08-31', '2026-09-30'),
        ('provided', '2024-01-08', '2024-02-08', '2026-09-30')
),
code as (
    select f.arn, f.account_id, f.region, f.name as function_name, '$LATEST' as version, f.runtime, f.package_type
    from aws_lambda_function as f
    union all
    select f.arn, f.account_id, f.region, f.name, v.version, v.runtime, v.package_type
    from aws_lambda_version as v
    join aws_lambda_function as f on f.arn = v.function_arn and f.account_id = v.account_id
)
select
    c.arn, c.account_id, c.region, c.function_name, c.version, c.runtime, c.package_type,
    l.deprecation_date, l.block_create_date, l.block_update_date, '2026-03-01' as as_of
from code as c
left join lifecycle as l on l.runtime = c.runtime
