//! What users sign in with. Every second has a password, mostly with a second factor; three in five have a key.

use crate::ask::{Ask, Made};
use crate::clock::Iso;
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, base64};

/// The name of a user.
pub fn name(index: u64) -> String {
    format!("person-{index:06}")
}

/// When a user was made.
pub fn created(ask: &Ask<'_>, index: u64) -> i64 {
    ask.days_ago(60 + ask.dice(Kind::User, index).below(20, 1_200))
}

fn has_password(dice: Dice) -> bool {
    dice.percent(21, 50)
}

fn has_mfa(dice: Dice) -> bool {
    has_password(dice) && dice.percent(22, 92)
}

fn has_key(dice: Dice) -> bool {
    dice.percent(23, 60)
}

fn key_id(dice: Dice, index: u64) -> String {
    format!("AKIA{:08X}{index:08}", dice.number(24) as u32)
}

/// The user that a call names.
fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let index = ask.text("UserName").and_then(|name| name.strip_prefix("person-")?.parse::<u64>().ok());
    let index = index.filter(|index| *index < ask.count(Kind::User));
    let missing = || Refusal::new(404, "NoSuchEntity", "The user with that name cannot be found.");
    index.map(|index| (index, ask.dice(Kind::User, index))).ok_or_else(missing)
}

/// `GetLoginProfile`.
pub fn login_profile(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    if !has_password(dice) {
        return Err(Refusal::new(404, "NoSuchEntity", "Login Profile for the user cannot be found."));
    }
    body.member("LoginProfile", |body| {
        body.text("UserName", &name(index));
        body.time("CreateDate", created(ask, index));
        body.flag("PasswordResetRequired", false);
    });
    Ok(())
}

/// `ListMFADevices`.
pub fn mfa_devices(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    body.list("MFADevices", "member", has_mfa(dice).then_some(index), |body, index| {
        body.text("UserName", &name(index));
        body.fmt("SerialNumber", format_args!("arn:aws:iam::{}:mfa/{}", ask.account, name(index)));
        body.time("EnableDate", created(ask, index));
    });
    body.flag("IsTruncated", false);
    Ok(())
}

/// `ListAccessKeys`.
pub fn access_keys(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    body.list("AccessKeyMetadata", "member", has_key(dice).then_some(index), |body, index| {
        body.text("UserName", &name(index));
        body.text("AccessKeyId", &key_id(dice, index));
        body.text("Status", "Active");
        body.time("CreateDate", key_created(ask, dice));
    });
    body.flag("IsTruncated", false);
    Ok(())
}

/// Two keys in three are younger than 90 days.
fn key_created(ask: &Ask<'_>, dice: Dice) -> i64 {
    ask.days_ago(if dice.percent(25, 66) { dice.below(26, 85) } else { 100 + dice.below(26, 900) })
}

/// `GetAccessKeyLastUsed`.
pub fn key_last_used(ask: &Ask<'_>, body: &mut Body) -> Made {
    let index = ask.text("AccessKeyId").and_then(|key| key.get(12..)?.parse::<u64>().ok()).filter(|index| *index < ask.count(Kind::User));
    let index = index.ok_or_else(|| Refusal::new(404, "NoSuchEntity", "The Access Key cannot be found."))?;
    let dice = ask.dice(Kind::User, index);
    body.text("UserName", &name(index));
    body.member("AccessKeyLastUsed", |body| {
        body.time("LastUsedDate", ask.days_ago(last_used(dice)));
        body.text("ServiceName", "s3");
        body.text("Region", "us-east-1");
    });
    Ok(())
}

fn last_used(dice: Dice) -> u64 {
    if dice.percent(27, 80) { dice.below(28, 10) } else { 100 + dice.below(28, 300) }
}

/// `GetCredentialReport`. <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>
pub fn report(ask: &Ask<'_>, body: &mut Body) -> Made {
    const HEAD: &str = concat!(
        "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,",
        "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,",
        "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,",
        "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n",
    );
    const NO_KEY: &str = "false,N/A,N/A,N/A,N/A";
    let account = &ask.account;
    let mut text = HEAD.to_owned();
    text.push_str(&format!("<root_account>,arn:aws:iam::{account}:root,2020-01-01T00:00:00+00:00,not_supported,no_information,"));
    text.push_str(&format!("not_supported,not_supported,true,{NO_KEY},{NO_KEY},false,N/A,false,N/A\n"));
    let when = |seconds: i64| Iso(seconds).to_string().replace('Z', "+00:00");
    for index in 0..ask.count(Kind::User) {
        let dice = ask.dice(Kind::User, index);
        let (made, used) = (when(created(ask, index)), when(ask.days_ago(last_used(dice))));
        let password = if has_password(dice) { format!("true,{used},{made},N/A") } else { "false,N/A,N/A,N/A".to_owned() };
        let key = if has_key(dice) { format!("true,{},{used},us-east-1,s3", when(key_created(ask, dice))) } else { NO_KEY.to_owned() };
        let name = name(index);
        let mfa = has_mfa(dice);
        text.push_str(&format!("{name},arn:aws:iam::{account}:user/{name},{made},{password},{mfa},{key},{NO_KEY},false,N/A,false,N/A\n"));
    }
    body.text("Content", &base64(text.as_bytes()));
    body.text("ReportFormat", "text/csv");
    body.time("GeneratedTime", ask.now);
    Ok(())
}
