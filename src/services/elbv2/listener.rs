//! Listeners, and the certificates that they show.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types;
use macro_rules_attribute::apply;

use super::call;
use super::listener_rule::{emit_rules, target_groups};
use super::load_balancer::LoadBalancer;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::text;

/// A port of a load balancer, as DescribeListeners tells it.
#[apply(row!)]
#[table(
    "aws_elbv2_listener", key(arn),
    guard("aws_elbv2_load_balancer", "listener_count"),
    part_of("aws_elbv2_load_balancer", load_balancer_arn = arn)
)]
pub struct Listener {
    /// ARN of the listener.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the load balancer.
    pub load_balancer_arn: String,
    /// Port; 0 for a gateway load balancer, which takes all.
    pub port: i64,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`, `QUIC`, `TCP_QUIC`, `GENEVE`; '' for a gateway load balancer.
    pub protocol: Fact<String>,
    /// Name of its security policy, which is in `aws_elbv2_ssl_policy`; '' without TLS.
    pub ssl_policy: String,
    /// ARN of the certificate that is shown to whoever names no host that another one is for; '' without TLS.
    pub default_certificate_arn: String,
    /// Types of its default actions, a list in their order.
    #[is(ordered)]
    pub default_action_types: Json,
    /// Target groups that its default actions forward to, a list.
    pub default_target_group_arns: Json,
    /// Where its default action redirects to, a map of `host`, `port`, `protocol` and `status_code`, with `#{port}` and the like for what
    /// stays as it was asked; '{}' for another action.
    pub default_redirect: Json,
    /// Application protocols that it negotiates, a list.
    pub alpn_policy: Json,
    /// `off`, `passthrough` (the target has to verify the client's certificate) or `verify`; '' where there is no such thing.
    pub mutual_authentication_mode: String,
    /// ARN of the trust store, or ''.
    pub trust_store_arn: String,
    /// `active`; `removed` when its owner took the trust store away; '' without one.
    pub trust_store_association_status: Fact<String>,
    /// Certificates, the default one among them; they are in `aws_elbv2_listener_certificate`.
    #[is(derived)]
    pub certificate_count: Fact<i64>,
    /// Rules, the default one among them; they are in `aws_elbv2_listener_rule`. 0 where it is no application load balancer's.
    #[is(derived)]
    pub rule_count: Fact<i64>,
}

/// A certificate that a listener can show, as DescribeListenerCertificates tells it: the default one and those chosen by the name
/// that the client asks for.
#[apply(row!)]
#[table(
    "aws_elbv2_listener_certificate", key(arn, certificate_arn),
    guard("aws_elbv2_listener", "certificate_count"),
    part_of("aws_elbv2_listener", arn = arn)
)]
pub struct ListenerCertificate {
    /// ARN of the listener.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the certificate, of ACM or of IAM.
    pub certificate_arn: String,
    /// Whether it is the default one.
    pub is_default: bool,
}

/// Stores a load balancer's listeners, and tells how many there are.
pub(super) async fn emit_listeners(cx: &Cx, balancer: &str, kind: &Fact<String>) -> Result<i64, Unread> {
    let client: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let about = cx.about(LoadBalancer::TABLE, balancer, &["listener_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::DescribeListeners, |token| {
        client.describe_listeners().load_balancer_arn(balancer).page_size(400).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for listener in page.listeners() {
            let Some(arn) = listener.listener_arn() else {
                return Err(about.malformed(call::DescribeListeners, "lacks the ARN of a listener").await);
            };
            emit(cx, balancer, arn, kind, listener).await;
            count += 1;
        }
    }
    Ok(count)
}

async fn emit(cx: &Cx, balancer: &str, arn: &str, kind: &Fact<String>, listener: &types::Listener) {
    let default_certificate_arn = text(listener.certificates().first().and_then(|one| one.certificate_arn()));
    let mutual = listener.mutual_authentication();
    let has_tls = !default_certificate_arn.is_empty() || listener.protocol().is_some_and(|one| matches!(one.as_str(), "HTTPS" | "TLS"));
    let certificate_count = if has_tls { Fact::from(emit_certificates(cx, arn, &default_certificate_arn).await) } else { Fact::Known(0) };
    let rule_count = match kind {
        Fact::Known(kind) if kind == "application" => Fact::from(emit_rules(cx, balancer, arn).await),
        Fact::Known(_) => Fact::Known(0),
        Fact::Unread => Fact::Unread,
    };
    let columns = &["trust_store_association_status"];
    let status = mutual.and_then(|mutual| mutual.trust_store_association_status());
    cx.emit(Listener {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        load_balancer_arn: balancer.to_owned(),
        port: i64::from(listener.port().unwrap_or(0)),
        protocol: cx.word(Listener::TABLE, arn, &["protocol"], listener.protocol(), &[]).await,
        ssl_policy: text(listener.ssl_policy()),
        default_certificate_arn,
        default_action_types: action_types(listener.default_actions()),
        default_target_group_arns: Json::set(listener.default_actions().iter().flat_map(target_groups)),
        default_redirect: redirect(listener.default_actions()),
        alpn_policy: Json::set(listener.alpn_policy()),
        mutual_authentication_mode: text(mutual.and_then(|mutual| mutual.mode())),
        trust_store_arn: text(mutual.and_then(|mutual| mutual.trust_store_arn())),
        trust_store_association_status: cx.word(Listener::TABLE, arn, columns, status, &[]).await,
        certificate_count,
        rule_count,
        arn: arn.to_owned(),
    })
    .await;
}

/// The types of some actions in the order in which they are taken.
pub(super) fn action_types(actions: &[types::Action]) -> Json {
    let word = |action: &types::Action| serde_json::Value::from(action.r#type().map_or("", |kind| kind.as_str()));
    Json(in_order(actions).into_iter().map(word).collect())
}

/// Where the last of some actions redirects to. AWS fills in what is not set; paths and queries are not kept.
fn redirect(actions: &[types::Action]) -> Json {
    let config = in_order(actions).into_iter().next_back().and_then(|action| action.redirect_config());
    Json::map(config.into_iter().flat_map(|config| {
        [
            ("host", config.host().unwrap_or("#{host}")),
            ("port", config.port().unwrap_or("#{port}")),
            ("protocol", config.protocol().unwrap_or("#{protocol}")),
            ("status_code", config.status_code().map_or("", |code| code.as_str())),
        ]
    }))
}

/// Actions in the order in which they are taken; AWS numbers them where there are several.
pub(super) fn in_order(actions: &[types::Action]) -> Vec<&types::Action> {
    let mut actions: Vec<&types::Action> = actions.iter().collect();
    actions.sort_by_key(|action| action.order());
    actions
}

async fn emit_certificates(cx: &Cx, arn: &str, default: &str) -> Result<i64, Unread> {
    let client: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let about = cx.about(Listener::TABLE, arn, &["certificate_count"]);
    // A default certificate that was put on the list, too, is told twice.
    let mut certificates: BTreeMap<String, bool> = BTreeMap::new();
    if !default.is_empty() {
        certificates.insert(default.to_owned(), true);
    }
    let mut pages = about.pages(call::DescribeListenerCertificates, |token| {
        client.describe_listener_certificates().listener_arn(arn).page_size(400).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for certificate in page.certificates() {
            let Some(certificate_arn) = certificate.certificate_arn() else {
                return Err(about.malformed(call::DescribeListenerCertificates, "lacks the ARN of a certificate").await);
            };
            *certificates.entry(certificate_arn.to_owned()).or_insert(false) |= certificate.is_default() == Some(true);
        }
    }
    let count = certificates.len() as i64;
    for (certificate_arn, is_default) in certificates {
        cx.emit(ListenerCertificate {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            certificate_arn,
            is_default,
        })
        .await;
    }
    Ok(count)
}
