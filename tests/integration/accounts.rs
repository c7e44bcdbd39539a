//! Several accounts: those of an organization are listed and audited through a role in each, by the functions' own programs.

use std::collections::BTreeSet;

use collect::{Account, Identity, Target};
use engine::reconcile::State;
use serde_json::{Value, json};
use service::Audited;
use tests::emulator::Fault;
use tests::kept::findings;
use tests::lambda::Lambda;
use tests::service::{Deployed, batch};
use tests::{read, shapes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::service::change;

/// What STS answers to whom a role does not trust.
const UNTRUSTED: &str = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
    <Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole</Message></Error>\
    <RequestId>1</RequestId></ErrorResponse>";

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_of_an_organization_are_audited_through_their_roles() {
    let Some(deployed) = Deployed::start(shapes::orders()).await else { return };
    let emulator = &deployed.emulator;
    let organization = async |operation: &str, parameters: Value| {
        emulator.json("organizations", &format!("AWSOrganizationsV20161128.{operation}"), &parameters).await
    };
    let mut ids = Vec::new();
    for name in ["shop", "untrusting", "closed"] {
        let made =
            organization("CreateAccount", json!({ "AccountName": name, "Email": format!("{name}@example.com") })).await;
        ids.push(made["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned());
    }
    let [shop, untrusting, closed] = &ids[..] else { panic!("three accounts") };
    organization("CloseAccount", json!({ "AccountId": closed })).await;
    for account in [shop, untrusting] {
        emulator.make(account, "/restapis", &json!({ "name": "orders" })).await;
        emulator.make(account, "/apikeys", &json!({ "name": "partner", "enabled": true })).await;
    }
    // The role in one of them trusts nobody here.
    let refused = Fault {
        holds: format!("arn%3Aaws%3Aiam%3A%3A{untrusting}%3Arole%2Fstagecheck-reader").leak(),
        times: u32::MAX,
        status: 403,
        body: json!(UNTRUSTED),
    };
    let (port, _) = refused.before(emulator.port()).await;
    let place = deployed.settings.place.as_ref().unwrap();
    let variables = [
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        ("OWN_ENDPOINT_URL", deployed.settings.own_endpoint_url.clone().unwrap()),
        ("TABLE", place.table.clone()),
        ("BUCKET", place.bucket.clone()),
        ("QUEUE_URL", deployed.queue_url.clone()),
        ("QUOTA_SHARE", "1".to_owned()),
        ("REGIONS", "eu-west-1".to_owned()),
        ("ACCOUNTS", "organization".to_owned()),
        ("ACCOUNTS_ROLE", "stagecheck-reader".to_owned()),
    ];
    let Some(dispatcher) = Lambda::start("dispatcher", &variables).await else { return };
    let mut event: Value = serde_json::from_str(&read("events/schedule.json")).unwrap();
    event["time"] = json!((collect::now() - jiff::SignedDuration::from_mins(1)).to_string());
    let told = dispatcher.call(&event).await.unwrap();
    let places: BTreeSet<&str> = told["places"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let own = "000000000000/eu-west-1";
    assert_eq!(places, BTreeSet::from([own, &format!("{shop}/eu-west-1")]), "{told}");
    let gap = told["notListed"][0].as_str().unwrap();
    assert!(
        gap.starts_with(&format!(
            "{untrusting}/eu-west-1: the role arn:aws:iam::{untrusting}:role/stagecheck-reader cannot be assumed: "
        )),
        "{gap}"
    );
    assert!(!told.to_string().contains(closed), "{told}");

    // Each message, the auditor's own program takes; what is not shown yet is the end of a run that waits.
    let Some(auditor) = Lambda::start("auditor", &variables).await else { return };
    let mut messages = deployed.receive(&deployed.queue_url).await;
    // The APIs first, so that no run has to be waited for.
    messages.sort_by_key(|message| message.body.contains("\"ask\":\"region\""));
    assert_eq!(messages.len(), 4, "{messages:?}");
    for message in messages {
        let answer = auditor.call(&batch(&message.body)).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{}", message.body);
        deployed.delete(&deployed.queue_url, &message).await;
    }
    let store = deployed.store().await;
    let apis = store.apis(shop, "eu-west-1").await.unwrap();
    assert_eq!(apis.len(), 1);
    assert!(apis[0].finished.is_some(), "{apis:?}");
    let found = findings(&store).await;
    let key = found.iter().find(|tracked| tracked.finding.check == "key-without-usage-plan").unwrap();
    assert_eq!((key.state, &key.finding.resource.account_id), (State::Open, shop));
    assert!(found.iter().all(|tracked| tracked.finding.resource.account_id != *untrusting));
    // Of every account the end of the run was told, of the one that cannot be read too.
    let ended: BTreeSet<String> = store.regions().await.unwrap().into_iter().map(|own| own.account_id).collect();
    assert_eq!(ended, BTreeSet::from(["000000000000".to_owned(), shop.clone(), untrusting.clone()]));

    // A change in one of the organization's accounts is audited, also by a dispatcher that has listed nothing yet; one in an account
    // that is not of it is not, and leaves no trace.
    let Some(fresh) = Lambda::start("dispatcher", &variables).await else { return };
    for (account, messages) in [(shop.as_str(), 1), (closed.as_str(), 0), ("999999999999", 0)] {
        let mut event = change("UpdateMethod");
        event["account"] = json!(account);
        assert_eq!(fresh.call(&event).await.unwrap()["messages"], messages, "{account}");
    }
    let known: BTreeSet<String> = store.regions().await.unwrap().into_iter().map(|own| own.account_id).collect();
    assert_eq!(known, ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_is_not_audited_begins_nothing_and_leaves_no_trace() {
    let Some(mut deployed) = Deployed::start(shapes::orders()).await else { return };
    let elsewhere = |name: &str| {
        let mut event = change(name);
        event["detail"]["awsRegion"] = json!("us-east-1");
        event
    };
    let own = || vec![shapes::ACCOUNT.to_owned()];
    let other = || vec!["444455556666".to_owned()];
    for (audited, event, messages) in [
        (Audited::Listed(other()), change("CreateDeployment"), 0),
        (Audited::Own, elsewhere("CreateDeployment"), 0),
        (Audited::Listed(own()), elsewhere("UpdateMethod"), 0),
        (Audited::Listed(own()), change("UpdateMethod"), 1),
    ] {
        deployed.settings.audited = audited.clone();
        let answer = deployed.dispatcher().handle(event).await.unwrap();
        assert_eq!(answer["messages"], messages, "{audited:?}");
        let known = deployed.store().await.regions().await.unwrap();
        assert_eq!(known.len(), usize::from(messages > 0), "{audited:?}: {known:?}");
    }
}

/// What Organizations answers, page by page; with a token that leads to itself, for ever.
async fn pages(answers: Vec<Value>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 65536];
            let mut read = 0;
            let text = loop {
                read += stream.read(&mut request[read..]).await.unwrap();
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                assert!(head.contains("AWSOrganizationsV20161128.ListAccounts"), "{head}");
                let length = head
                    .to_ascii_lowercase()
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    break body.to_owned();
                }
            };
            let asked: Value = serde_json::from_str(&text).unwrap();
            let page = asked["NextToken"].as_str().map_or(0, |token| token.parse::<usize>().unwrap());
            let body = answers[page].to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\nconnection: close\r\n";
            let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}")
}

async fn listed(answers: Vec<Value>) -> Result<BTreeSet<String>, String> {
    let target = Target {
        identity: Identity::Nobody,
        endpoint_url: Some(pages(answers).await),
        regions: vec!["eu-west-1".to_owned()],
        account_id: Some("000000000000".to_owned()),
        quota_share: None,
        tap: None,
    };
    let account = Account::connect(target).await.unwrap();
    account.organization("eu-west-1").await.map_err(|why| why.reason())
}

#[tokio::test]
async fn all_pages_of_an_organization_are_read_and_none_for_ever() {
    let account = |id: &str, member: &str, status: &str| json!({ "Id": id, member: status });
    let first = json!({ "Accounts": [account("111111111111", "Status", "ACTIVE"), account("222222222222", "Status", "SUSPENDED")], "NextToken": "1" });
    // A page may be empty and not the last.
    let second = json!({ "Accounts": [], "NextToken": "2" });
    let third =
        json!({ "Accounts": [account("333333333333", "State", "ACTIVE"), account("444444444444", "State", "CLOSED")] });
    let all = listed(vec![first.clone(), second, third]).await.unwrap();
    assert_eq!(all, BTreeSet::from(["111111111111".to_owned(), "333333333333".to_owned()]));
    let again = json!({ "Accounts": [], "NextToken": "1" });
    let error = listed(vec![first, again]).await.unwrap_err();
    assert!(error.contains("the list repeats the token of a page"), "{error}");
}
