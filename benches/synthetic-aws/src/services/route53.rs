//! Route 53.

use super::{Does, Service};
use crate::wire::Wire;

/// The card.
pub const SERVICE: Service = Service {
    name: "route53",
    id: "Route 53",
    scope: "route53",
    wire: Wire::RestXmlWrapped,
    target: None,
    namespace: "",
    calls: &[
        (
            "ListHostedZones",
            Does::Says(
                r#"<ListHostedZonesResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HostedZones></HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesResponse>"#,
            ),
        ),
        (
            "ListResourceRecordSets",
            Does::Says(
                r#"<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets></ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>"#,
            ),
        ),
    ],
};
