//! The accounts of an organization, asked of a scripted Organizations.

use super::*;
use crate::aws::fault::Fault;
use crate::aws::testing::Script;

/// Two units below the root, one below another; four accounts, one of them suspended by the old word.
fn organization() -> Script {
    let unit = |id: &str, name: &str| format!(r#"{{"Id":"{id}","Name":"{name}"}}"#);
    let units = |list: &[String]| format!(r#"{{"OrganizationalUnits":[{}]}}"#, list.join(","));
    let account = |id: u8, state: &str| format!(r#"{{"Id":"{}","State":"{state}"}}"#, id.to_string().repeat(12));
    let old = r#"{"Id":"444444444444","Status":"SUSPENDED"}"#.to_owned();
    let accounts = |list: &[String]| format!(r#"{{"Accounts":[{}]}}"#, list.join(","));
    let tags = |stage: &str| format!(r#"{{"Tags":[{{"Key":"stage","Value":"{stage}"}}]}}"#);
    Script::default()
        .on("ListAccounts", &accounts(&[account(1, "ACTIVE"), account(2, "ACTIVE"), account(3, "PENDING_CLOSURE"), old.clone()]))
        .on("ListRoots", r#"{"Roots":[{"Id":"r-abcd","Name":"Root"}]}"#)
        .on_match("ListOrganizationalUnitsForParent", "r-abcd", &units(&[unit("ou-abcd-prod", "Prod"), unit("ou-abcd-test", "Test")]))
        .on_match("ListOrganizationalUnitsForParent", "ou-abcd-prod", &units(&[unit("ou-abcd-euro", "Europe")]))
        .on("ListOrganizationalUnitsForParent", &units(&[]))
        .on_match("ListAccountsForParent", "ou-abcd-prod", &accounts(&[account(2, "ACTIVE")]))
        .on_match("ListAccountsForParent", "ou-abcd-euro", &accounts(&[account(3, "ACTIVE"), old]))
        .on("ListAccountsForParent", &accounts(&[]))
        .on_match("ListTagsForResource", "222222222222", &tags("prod"))
        .on("ListTagsForResource", &tags("test"))
}

fn ids(listing: &Listing) -> Vec<String> {
    match listing {
        Listing::Accounts(ids, _) => ids.iter().map(|id| id[..1].to_owned()).collect(),
        Listing::NoUnit(..) => panic!("{listing:?}"),
    }
}

fn active(units: &[&str], tags: &[(&str, &str)]) -> Filter {
    Filter {
        units: units.iter().map(|unit| (*unit).to_owned()).collect(),
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        states: vec!["ACTIVE".to_owned()],
    }
}

#[tokio::test]
async fn accounts_are_chosen_by_state_unit_and_tag() {
    let ask = async |filter| organization().send(LIST, filter).await.0.unwrap();
    assert_eq!(ask(active(&[], &[])).await, Listing::Accounts(vec!["1".repeat(12), "2".repeat(12)], 2));
    assert_eq!(ids(&ask(Filter::default()).await), ["1", "2", "3", "4"]);
    assert_eq!(ids(&ask(Filter { states: vec!["SUSPENDED".into()], ..Filter::default() }).await), ["4"]);
    // A unit is meant with all below it, by its name or its id; one that is named twice is no more.
    for units in [&["Prod"][..], &["ou-abcd-prod"], &["Prod", "Europe", "ou-abcd-euro"]] {
        assert_eq!(ids(&ask(active(units, &[])).await), ["2", "3"], "{units:?}");
    }
    assert_eq!(ids(&ask(active(&["Test"], &[])).await), Vec::<String>::new());
    assert_eq!(ids(&ask(active(&[], &[("stage", "prod")])).await), ["2"]);
    assert_eq!(ids(&ask(active(&["Prod"], &[("stage", "test"), ("stage", "live")])).await), ["3"]);
    let names = ["Europe", "Prod", "Root", "Test"].map(str::to_owned).to_vec();
    assert_eq!(ask(active(&["prod"], &[])).await, Listing::NoUnit("prod".into(), names));
}

#[tokio::test]
async fn pages_may_be_empty_and_a_list_that_broke_off_is_none() {
    let script = Script::default()
        .on_match("ListAccounts", "\"NextToken\":\"2\"", r#"{"Accounts":[{"Id":"111111111111"}]}"#)
        .on("ListAccounts", r#"{"Accounts":[],"NextToken":"2"}"#);
    let (told, _) = script.send(LIST, active(&[], &[])).await;
    assert_eq!(ids(&told.unwrap()), ["1"], "a state that AWS leaves out leaves no account out");
    let none = Script::default().on("ListAccounts", r#"{"Accounts":[]}"#).send(LIST, active(&[], &[])).await.0;
    assert_eq!(none.unwrap(), Listing::Accounts(Vec::new(), 0));
    for fault in [Fault::Denied, Fault::CutAfterFirstPage] {
        let (told, gaps) = organization().send_faulty(LIST, active(&[], &[]), call::ListAccounts, fault).await;
        assert!(told.is_err(), "{fault:?}");
        assert_eq!((gaps[0].0.as_str(), gaps[0].2.as_str()), ("organizations/account", "organizations:ListAccounts"));
    }
    for call in [call::ListRoots, call::ListOrganizationalUnitsForParent, call::ListAccountsForParent, call::ListTagsForResource] {
        let filter = active(&["Prod"], &[("stage", "prod")]);
        let (told, gaps) = organization().send_faulty(LIST, filter, call, Fault::Denied).await;
        assert_eq!((told.is_err(), gaps[0].2.as_str()), (true, call.permission));
    }
    let nameless = Script::default().on("ListAccounts", r#"{"Accounts":[{"Name":"x"}]}"#);
    assert!(nameless.send(LIST, active(&[], &[])).await.0.is_err());
}
