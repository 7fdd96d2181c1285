"""Keys, roles, people, buckets, logs, secrets and databases of the platform that drifts, as the AWS provider keeps them in a state."""

import json

from drift_site import FAR, HOME, LEDGER_PASSWORD
from drift_terraform_network import tags

PEOPLE, STORAGE = "drift-people", "drift-storage"
BLOCK = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def add(site, state):
    keys(site, state)
    roles(site, state)
    people(site, state)
    buckets(site, state)
    logs(site, state)
    secrets(site, state)
    databases(site, state)
    state.output("ledger_password", LEDGER_PASSWORD, sensitive=True)


def keys(site, state):
    kms = site.bed.kms
    for logical_id, name in (("Key", "main"), ("QuietKey", "signatures")):
        one = kms.describe_key(KeyId=site.of(PEOPLE, logical_id))["KeyMetadata"]
        said = kms.list_resource_tags(KeyId=one["KeyId"])["Tags"]
        state.add("aws_kms_key", name, {
            "arn": one["Arn"], "bypass_policy_lockout_safety_check": False, "custom_key_store_id": "",
            "customer_master_key_spec": "SYMMETRIC_DEFAULT", "deletion_window_in_days": None, "description": one["Description"],
            "enable_key_rotation": kms.get_key_rotation_status(KeyId=one["KeyId"])["KeyRotationEnabled"], "id": one["KeyId"],
            "is_enabled": one["Enabled"], "key_id": one["KeyId"], "key_usage": one["KeyUsage"], "multi_region": False,
            "policy": compact(kms.get_key_policy(KeyId=one["KeyId"], PolicyName="default")["Policy"]), "rotation_period_in_days": 365,
            **tags(said, "TagKey", "TagValue"), "timeouts": None, "xks_key_id": "",
        })  # fmt: skip
    alias = next(one for one in kms.list_aliases()["Aliases"] if one["AliasName"] == "alias/drift-payment")
    state.add("aws_kms_alias", "main", {
        "arn": alias["AliasArn"], "id": alias["AliasName"], "name": alias["AliasName"], "name_prefix": "",
        "target_key_arn": site.arn("kms", f"key/{alias['TargetKeyId']}"), "target_key_id": alias["TargetKeyId"],
    }, needs=["aws_kms_key.main"])  # fmt: skip


def compact(policy):
    """A policy as the provider writes it: compact, members in alphabetic order."""
    return json.dumps(json.loads(policy) if isinstance(policy, str) else policy, separators=(",", ":"), sort_keys=True)


ROLES = ("TaskRole", "FunctionRole", "ReplicationRole", "BackupRole", "RetiredRole", "HostRole")


def roles(site, state):
    iam = site.bed.iam
    for logical_id in ROLES:
        name = site.of(PEOPLE, logical_id)
        one = iam.get_role(RoleName=name)["Role"]
        inline = {
            policy: compact(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        }
        attached = [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        state.add("aws_iam_role", "this", {
            "arn": one["Arn"], "assume_role_policy": compact(one["AssumeRolePolicyDocument"]), "create_date": moment(one["CreateDate"]),
            "description": one.get("Description", ""), "force_detach_policies": False, "id": name,
            "inline_policy": [{"name": policy, "policy": document} for policy, document in inline.items()],
            "managed_policy_arns": attached, "max_session_duration": one.get("MaxSessionDuration", 3600), "name": name, "name_prefix": "",
            "path": one["Path"], "permissions_boundary": (one.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""),
            **tags(one.get("Tags")), "unique_id": one["RoleId"],
        }, index=name.removeprefix("drift-"))  # fmt: skip
        for policy, document in inline.items():
            told = {"id": f"{name}:{policy}", "name": policy, "name_prefix": "", "policy": document, "role": name}
            state.add("aws_iam_role_policy", "this", told, index=f"{name}/{policy}", needs=["aws_iam_role.this"])
        for policy in attached:
            told = {"id": f"{name}-20261123083910000000000001", "policy_arn": policy, "role": name}
            state.add("aws_iam_role_policy_attachment", "this", told, index=f"{name}/{policy.rsplit('/', 1)[1]}")


def moment(date):
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


def people(site, state):
    iam = site.bed.iam
    for logical_id, name in (("Boundary", "boundary"), ("ReadDocuments", "read_documents")):
        one = iam.get_policy(PolicyArn=site.of(PEOPLE, logical_id))["Policy"]
        document = iam.get_policy_version(PolicyArn=one["Arn"], VersionId=one["DefaultVersionId"])["PolicyVersion"]["Document"]
        state.add("aws_iam_policy", name, {
            "arn": one["Arn"], "attachment_count": one["AttachmentCount"], "description": one.get("Description", ""), "id": one["Arn"],
            "name": one["PolicyName"], "name_prefix": "", "path": one["Path"], "policy": compact(document), "policy_id": one["PolicyId"],
            "tags": None, "tags_all": {},
        })  # fmt: skip
    for logical_id in ("Operators", "Administrators"):
        one = iam.get_group(GroupName=site.of(PEOPLE, logical_id))["Group"]
        told = {"arn": one["Arn"], "id": one["GroupName"], "name": one["GroupName"], "path": one["Path"], "unique_id": one["GroupId"]}
        state.add("aws_iam_group", logical_id.lower(), told)
        for policy in iam.list_attached_group_policies(GroupName=one["GroupName"])["AttachedPolicies"]:
            told = {"group": one["GroupName"], "id": f"{one['GroupName']}-2026112308391000000000000", "policy_arn": policy["PolicyArn"]}
            state.add("aws_iam_group_policy_attachment", logical_id.lower(), told)
    document = compact(iam.get_group_policy(GroupName="drift-operators", PolicyName="restart")["PolicyDocument"])
    told = {"group": "drift-operators", "id": "drift-operators:restart", "name": "restart", "name_prefix": "", "policy": document}
    state.add("aws_iam_group_policy", "restart", told)
    user = iam.get_user(UserName=site.of(PEOPLE, "Operator"))["User"]
    state.add("aws_iam_user", "operator", {
        "arn": user["Arn"], "force_destroy": False, "id": user["UserName"], "name": user["UserName"], "path": user["Path"],
        "permissions_boundary": "", **tags(user.get("Tags")), "unique_id": user["UserId"],
    })  # fmt: skip
    member = {"groups": ["drift-operators"], "id": "terraform-20261123083911000000000002", "user": user["UserName"]}
    state.add("aws_iam_user_group_membership", "operator", member)
    profile = iam.get_instance_profile(InstanceProfileName="drift-host")["InstanceProfile"]
    state.add("aws_iam_instance_profile", "host", {
        "arn": profile["Arn"], "create_date": moment(profile["CreateDate"]), "id": profile["InstanceProfileName"],
        "name": profile["InstanceProfileName"], "name_prefix": "", "path": profile["Path"], "role": profile["Roles"][0]["RoleName"],
        "tags": None, "tags_all": {}, "unique_id": profile["InstanceProfileId"],
    })  # fmt: skip


def buckets(site, state):
    stems = {"documents": HOME, "access": HOME, "statements": HOME, "obsolete": HOME}
    named = {stem: (site.bucket(stem), region) for stem, region in stems.items()}
    named["copies"] = (f"drift-copies-{site.account}-{FAR}", FAR)
    named["artifacts"] = (f"drift-artifacts-{site.account}-{HOME}", HOME)
    for key, (name, region) in named.items():
        bucket(site, state, key, name, region)


def asked(call, member, **given):
    """What a bucket has, or nothing where it has none of it."""
    try:
        return call(**given).get(member)
    except call.__self__.exceptions.ClientError:
        return None


def bucket(site, state, key, name, region):
    s3 = site.bed.client("s3", region)
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    versioning = s3.get_bucket_versioning(Bucket=name).get("Status", "")
    logged = s3.get_bucket_logging(Bucket=name).get("LoggingEnabled") or {}
    policy = asked(s3.get_bucket_policy, "Policy", Bucket=name)
    replicated = asked(s3.get_bucket_replication, "ReplicationConfiguration", Bucket=name)
    said = asked(s3.get_bucket_tagging, "TagSet", Bucket=name)
    owner = s3.get_bucket_acl(Bucket=name)["Owner"]["ID"]
    rule = [{
        "apply_server_side_encryption_by_default": [{
            "kms_master_key_id": one["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", ""),
            "sse_algorithm": one["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        }],
        "bucket_key_enabled": one.get("BucketKeyEnabled", False),
    } for one in encryption]  # fmt: skip
    place = {"index": key, "region": region}
    rules = asked(s3.get_bucket_lifecycle_configuration, "Rules", Bucket=name) or []
    copied = [{"role": replicated["Role"], "rules": [legacy_replication(one) for one in replicated["Rules"]]}] if replicated else []
    state.add("aws_s3_bucket", "this", {
        "acceleration_status": "", "acl": None, "arn": f"arn:aws:s3:::{name}", "bucket": name,
        "bucket_domain_name": f"{name}.s3.amazonaws.com", "bucket_prefix": "",
        "bucket_regional_domain_name": f"{name}.s3.{region}.amazonaws.com", "cors_rule": [], "force_destroy": False,
        "grant": [{"id": owner, "permissions": ["FULL_CONTROL"], "type": "CanonicalUser", "uri": ""}],
        "hosted_zone_id": {HOME: "Z3AQBSTGFYJSTF", FAR: "Z1BKCTXD74EZPE"}[region], "id": name,
        "lifecycle_rule": [legacy_lifecycle(one) for one in rules],
        "logging": [{"target_bucket": logged["TargetBucket"], "target_prefix": logged["TargetPrefix"]}] if logged else [],
        "object_lock_configuration": [], "object_lock_enabled": False, "policy": compact(policy) if policy else "", "region": region,
        "replication_configuration": copied, "request_payer": "BucketOwner", "server_side_encryption_configuration": [{"rule": rule}],
        **tags(said), "timeouts": None, "versioning": [{"enabled": versioning == "Enabled", "mfa_delete": False}], "website": [],
        "website_domain": None, "website_endpoint": None,
    }, **place)  # fmt: skip
    needs = ["aws_s3_bucket.this"]
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    words = {word: block["".join(part.capitalize() for part in word.split("_"))] for word in BLOCK}
    state.add("aws_s3_bucket_public_access_block", "this", {"bucket": name, "id": name, **words}, needs=needs, **place)
    expected = {"bucket": name, "expected_bucket_owner": "", "id": name}
    state.add("aws_s3_bucket_server_side_encryption_configuration", "this", {**expected, "rule": rule}, needs=needs, **place)
    controls = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    told = {"bucket": name, "id": name, "rule": [{"object_ownership": controls}]}
    state.add("aws_s3_bucket_ownership_controls", "this", told, needs=needs, **place)
    if versioning:
        told = {**expected, "mfa": None, "versioning_configuration": [{"mfa_delete": "", "status": versioning}]}
        state.add("aws_s3_bucket_versioning", "this", told, needs=needs, **place)
    if policy:
        state.add("aws_s3_bucket_policy", "this", {"bucket": name, "id": name, "policy": compact(policy)}, needs=needs, **place)
    if logged:
        target = {"target_bucket": logged["TargetBucket"], "target_grant": [], "target_object_key_format": []}
        told = {**expected, **target, "target_prefix": logged["TargetPrefix"]}
        state.add("aws_s3_bucket_logging", "this", told, needs=needs, **place)
    if replicated:
        said = [replication(one) for one in replicated["Rules"]]
        told = {"bucket": name, "id": name, "role": replicated["Role"], "rule": said, "token": ""}
        state.add("aws_s3_bucket_replication_configuration", "this", told, hidden=["token"], needs=needs, **place)
    if rules:
        told = {**expected, "rule": [lifecycle(one) for one in rules], "timeouts": None, "transition_default_minimum_object_size": ""}
        state.add("aws_s3_bucket_lifecycle_configuration", "this", told, needs=needs, **place)


def legacy_replication(rule):
    """A rule as a bucket itself keeps it, which resources of their own have replaced."""
    to = rule["Destination"]
    destination = {
        "access_control_translation": [], "account_id": "", "bucket": to["Bucket"], "metrics": [], "replica_kms_key_id": "",
        "replication_time": [], "storage_class": to.get("StorageClass", ""),
    }  # fmt: skip
    return {
        "delete_marker_replication_status": "", "destination": [destination],
        "filter": [{"prefix": rule["Filter"].get("Prefix", ""), "tags": {}}], "id": rule["ID"], "prefix": "", "priority": rule["Priority"],
        "source_selection_criteria": [], "status": rule["Status"],
    }  # fmt: skip


def legacy_lifecycle(rule):
    """A rule as a bucket itself keeps it, which resources of their own have replaced."""
    expires, old = rule.get("Expiration") or {}, rule.get("NoncurrentVersionExpiration") or {}
    return {
        "abort_incomplete_multipart_upload_days": (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation", 0),
        "enabled": rule["Status"] == "Enabled",
        "expiration": [{"date": "", "days": expires["Days"], "expired_object_delete_marker": False}] if expires else [], "id": rule["ID"],
        "noncurrent_version_expiration": [{"days": old["NoncurrentDays"]}] if old else [], "noncurrent_version_transition": [],
        "prefix": (rule.get("Filter") or {}).get("Prefix", ""), "tags": {},
        "transition": [{"date": "", "days": one["Days"], "storage_class": one["StorageClass"]} for one in rule.get("Transitions", [])],
    }  # fmt: skip


def replication(rule):
    to = rule["Destination"]
    destination = {
        "access_control_translation": [], "account": "", "bucket": to["Bucket"], "encryption_configuration": [], "metrics": [],
        "replication_time": [], "storage_class": to.get("StorageClass", ""),
    }  # fmt: skip
    return {
        "delete_marker_replication": [{"status": rule["DeleteMarkerReplication"]["Status"]}], "destination": [destination],
        "existing_object_replication": [], "filter": [{"and": [], "prefix": rule["Filter"].get("Prefix", ""), "tag": []}],
        "id": rule["ID"], "prefix": "", "priority": rule["Priority"], "source_selection_criteria": [], "status": rule["Status"],
    }  # fmt: skip


def lifecycle(rule):
    expires, old = rule.get("Expiration") or {}, rule.get("NoncurrentVersionExpiration") or {}
    parts = (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
    prefix = (rule.get("Filter") or {}).get("Prefix", "")
    where = {"and": [], "object_size_greater_than": None, "object_size_less_than": None, "prefix": prefix, "tag": []}
    return {
        "abort_incomplete_multipart_upload": [{"days_after_initiation": parts}] if parts else [],
        "expiration": [{"date": None, "days": expires["Days"], "expired_object_delete_marker": False}] if expires else [],
        "filter": [where], "id": rule["ID"],
        "noncurrent_version_expiration": (
            [{"newer_noncurrent_versions": None, "noncurrent_days": old["NoncurrentDays"]}] if old else []
        ),
        "noncurrent_version_transition": [], "prefix": "", "status": rule["Status"],
        "transition": [{"date": None, "days": one["Days"], "storage_class": one["StorageClass"]} for one in rule.get("Transitions", [])],
    }  # fmt: skip


def logs(site, state):
    for region in (HOME, FAR):
        client = site.bed.client("logs", region)
        for one in client.describe_log_groups()["logGroups"]:
            said = client.list_tags_log_group(logGroupName=one["logGroupName"])["tags"]
            state.add("aws_cloudwatch_log_group", "this", {
                "arn": one["arn"].removesuffix(":*"), "id": one["logGroupName"], "kms_key_id": one.get("kmsKeyId", ""),
                "log_group_class": "STANDARD", "name": one["logGroupName"], "name_prefix": "",
                "retention_in_days": one.get("retentionInDays", 0), "skip_destroy": False, **tags(said),
            }, index=one["logGroupName"], region=region)  # fmt: skip
    for one in site.bed.cloudwatch.describe_alarms()["MetricAlarms"]:
        state.add("aws_cloudwatch_metric_alarm", "this", {
            "actions_enabled": one["ActionsEnabled"], "alarm_actions": one["AlarmActions"],
            "alarm_description": one.get("AlarmDescription", ""), "alarm_name": one["AlarmName"], "arn": one["AlarmArn"],
            "comparison_operator": one["ComparisonOperator"],
            "datapoints_to_alarm": 0, "dimensions": {said["Name"]: said["Value"] for said in one["Dimensions"]},
            "evaluate_low_sample_count_percentiles": "", "evaluation_periods": one["EvaluationPeriods"], "extended_statistic": "",
            "id": one["AlarmName"], "insufficient_data_actions": [], "metric_name": one["MetricName"], "metric_query": [],
            "namespace": one["Namespace"], "ok_actions": one["OKActions"], "period": one["Period"], "statistic": one["Statistic"],
            "tags": None, "tags_all": {}, "threshold": one["Threshold"], "threshold_metric_id": "",
            "treat_missing_data": one.get("TreatMissingData") or "missing", "unit": "",
        }, index=one["AlarmName"], schema=1)  # fmt: skip


def secrets(site, state):
    client = site.bed.secretsmanager
    for logical_id in ("Provider", "Webhook", "Partner"):
        one = client.describe_secret(SecretId=site.of(STORAGE, logical_id))
        name = logical_id.lower()
        state.add("aws_secretsmanager_secret", name, {
            "arn": one["ARN"], "description": one.get("Description", ""), "force_overwrite_replica_secret": False, "id": one["ARN"],
            "kms_key_id": one.get("KmsKeyId", ""), "name": one["Name"], "name_prefix": "", "policy": "", "recovery_window_in_days": 30,
            "replica": [], **tags(one.get("Tags")),
        })  # fmt: skip
        if one.get("RotationEnabled"):
            rules = {"automatically_after_days": one["RotationRules"]["AutomaticallyAfterDays"], "duration": "", "schedule_expression": ""}
            state.add("aws_secretsmanager_secret_rotation", name, {
                "id": one["ARN"], "rotate_immediately": False, "rotation_enabled": True, "rotation_lambda_arn": one["RotationLambdaARN"],
                "rotation_rules": [rules], "secret_id": one["ARN"],
            }, needs=[f"aws_secretsmanager_secret.{name}"])  # fmt: skip
    value = client.get_secret_value(SecretId=site.of(STORAGE, "Provider"))
    state.add("aws_secretsmanager_secret_version", "provider", {
        "arn": value["ARN"], "id": f"{value['ARN']}|{value['VersionId']}", "secret_binary": "", "secret_id": value["ARN"],
        "secret_string": value["SecretString"], "version_id": value["VersionId"], "version_stages": ["AWSCURRENT"],
    }, hidden=["secret_string", "secret_binary"])  # fmt: skip


def databases(site, state):
    one = site.bed.rds.describe_db_instances(DBInstanceIdentifier="drift-ledger")["DBInstances"][0]
    end = one["Endpoint"]
    state.add("aws_db_instance", "ledger", {
        "address": end["Address"], "allocated_storage": one["AllocatedStorage"], "allow_major_version_upgrade": None,
        "apply_immediately": False, "arn": one["DBInstanceArn"], "auto_minor_version_upgrade": one["AutoMinorVersionUpgrade"],
        "availability_zone": one["AvailabilityZone"], "backup_retention_period": one["BackupRetentionPeriod"], "backup_target": "region",
        "backup_window": one["PreferredBackupWindow"], "blue_green_update": [],
        "ca_cert_identifier": one.get("CACertificateIdentifier", ""), "copy_tags_to_snapshot": False, "db_name": one.get("DBName", ""),
        "db_subnet_group_name": one["DBSubnetGroup"]["DBSubnetGroupName"],
        "delete_automated_backups": True, "deletion_protection": one["DeletionProtection"], "enabled_cloudwatch_logs_exports": [],
        "endpoint": f"{end['Address']}:{end['Port']}", "engine": one["Engine"], "engine_version": one["EngineVersion"],
        "engine_version_actual": one["EngineVersion"], "final_snapshot_identifier": None, "iam_database_authentication_enabled": False,
        "id": one["DbiResourceId"], "identifier": one["DBInstanceIdentifier"], "identifier_prefix": "",
        "instance_class": one["DBInstanceClass"],
        "kms_key_id": one.get("KmsKeyId", ""), "latest_restorable_time": moment(one["LatestRestorableTime"]),
        "maintenance_window": one["PreferredMaintenanceWindow"], "max_allocated_storage": 0, "multi_az": one["MultiAZ"],
        "password": LEDGER_PASSWORD, "port": end["Port"], "publicly_accessible": one["PubliclyAccessible"], "replicas": [],
        "replicate_source_db": "", "resource_id": one["DbiResourceId"], "skip_final_snapshot": False, "status": one["DBInstanceStatus"],
        "storage_encrypted": one["StorageEncrypted"], **tags(one.get("TagList")), "timeouts": None, "username": one["MasterUsername"],
        "vpc_security_group_ids": [said["VpcSecurityGroupId"] for said in one["VpcSecurityGroups"]],
    }, schema=2, hidden=["password"])  # fmt: skip
    one = site.bed.rds.describe_db_clusters(DBClusterIdentifier="drift-events")["DBClusters"][0]
    state.add("aws_rds_cluster", "events", {
        "apply_immediately": None, "arn": one["DBClusterArn"], "availability_zones": one["AvailabilityZones"],
        "backup_retention_period": one["BackupRetentionPeriod"], "cluster_identifier": one["DBClusterIdentifier"],
        "cluster_identifier_prefix": "", "cluster_members": [], "cluster_resource_id": one["DbClusterResourceId"], "database_name": "",
        "db_subnet_group_name": one["DBSubnetGroup"], "deletion_protection": one["DeletionProtection"], "endpoint": one["Endpoint"],
        "engine": one["Engine"], "engine_mode": one["EngineMode"], "engine_version": one["EngineVersion"],
        "engine_version_actual": one["EngineVersion"], "id": one["DBClusterIdentifier"], "kms_key_id": one.get("KmsKeyId", ""),
        "master_password": LEDGER_PASSWORD, "master_username": one["MasterUsername"], "port": one["Port"],
        "preferred_backup_window": one["PreferredBackupWindow"], "preferred_maintenance_window": one["PreferredMaintenanceWindow"],
        "reader_endpoint": one["ReaderEndpoint"], "skip_final_snapshot": False, "storage_encrypted": one["StorageEncrypted"],
        **tags(one.get("TagList")), "timeouts": None,
        "vpc_security_group_ids": [said["VpcSecurityGroupId"] for said in one["VpcSecurityGroups"]],
    }, hidden=["master_password"])  # fmt: skip
