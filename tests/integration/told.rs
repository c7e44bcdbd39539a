//! What people are told: e-mails of what was found, in lines that they can read.

use std::collections::BTreeSet;

use serde_json::json;
use tests::edit;
use tests::emulator::Fault;
use tests::service::{Deployed, LEFT, batch};
use tests::shapes;

use crate::service::{instead, schedule, small, sweep};

/// What people are told of the two routes that wait for their deployment: the key that opens nothing is of medium severity.
const OPENED: [&str; 2] = ["GET", "POST"];

fn mail(lines: &[String]) -> (String, String) {
    (lines[0].clone(), lines.join("\n"))
}

/// The fingerprint in the last line of a text.
fn fingerprint(text: &str) -> &str {
    text.rsplit_once(' ').unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_of_what_is_severe_enough_in_lines_and_once() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let mut opened = deployed.mails().await;
    opened.sort();
    let expected = |(method, mail): (&str, &(String, String))| {
        self::mail(&[
            format!("stagecheck: opened (high): {method} /refunds is not deployed to prod"),
            "orders / prod, account 111122223333, eu-west-1".to_owned(),
            format!("Until somebody deploys to prod: {method} /refunds answers 403 Missing Authentication Token."),
            "deploy the API to prod, or undo the edit".to_owned(),
            "aws apigateway create-deployment --rest-api-id a1b2c3d4e5 --stage-name prod --region eu-west-1".to_owned(),
            format!("Check undeployed-change, fingerprint {}", fingerprint(&mail.1)),
        ])
    };
    let all: Vec<_> = OPENED.into_iter().zip(&opened).map(expected).collect();
    assert_eq!(opened, all);
    // Nothing is told twice.
    assert_eq!(sweep(&deployed, 7).await, [""; 0]);
    assert_eq!(deployed.mails().await, []);
    instead(&mut deployed, shapes::orders(), &[]).await;
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    let mut resolved = deployed.mails().await;
    resolved.sort();
    let subjects: Vec<&str> = resolved.iter().map(|(subject, _)| subject.as_str()).collect();
    let expected =
        OPENED.map(|method| format!("stagecheck: resolved (high): {method} /refunds is not deployed to prod"));
    assert_eq!(subjects, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_means_harm_makes_no_line_of_an_email_and_no_header() {
    let mut hostile = small();
    let name = format!("ö\r\nReply-To: x@example.com\u{1b}[2J{}", "n".repeat(200));
    edit(&mut hostile, "/apigateway/get_resources/a1b2c3d4e5/items/2/path", json!(format!("/{name}")));
    edit(&mut hostile, "/apigateway/get_rest_apis/items/0/name", json!(name));
    let Some(deployed) = Deployed::start(hostile).await else { return };
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let mails = deployed.mails().await;
    assert_eq!(mails.len(), 2);
    for (subject, text) in mails {
        assert!(subject.starts_with("stagecheck: opened (high): "), "{subject}");
        assert!(subject.len() == 99 && subject.ends_with("nnn...") && subject.contains("?  Reply-To"), "{subject}");
        assert!(subject.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{subject}");
        assert!(text.lines().all(|line| !line.starts_with("Reply-To") && !line.contains('\u{1b}')), "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("ö  Reply-To: x@example.com [2Jnnn"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_topic_refuses_is_told_when_the_message_comes_back() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    deployed.dispatcher().handle(schedule(3)).await.unwrap();
    let own = deployed.settings.own_endpoint_url.clone();
    let (port, _) = Fault::broken("Action=Publish", 1000).before(deployed.emulator.port()).await;
    deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
    let messages = deployed.receive(&deployed.queue_url).await;
    let audit = messages.iter().find(|message| message.body.contains(r#""ask":"audit""#)).unwrap();
    let answer = deployed.auditor().handle(batch(&audit.body), LEFT).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }));
    assert_eq!(deployed.mails().await, []);
    deployed.settings.own_endpoint_url = own;
    let answer = deployed.auditor().handle(batch(&audit.body), LEFT).await.unwrap();
    assert_eq!((answer, deployed.mails().await.len()), (json!({ "batchItemFailures": [] }), 2));
}

/// Whoever breaks off has told some of many findings, and does not tell these again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_before_it_broke_off_is_not_told_again() {
    let mut account = small();
    let items = account["apigateway"]["get_resources"][shapes::REST]["items"].as_array_mut().unwrap();
    for number in 10..24 {
        let (mut another, name) = (items[1].clone(), format!("refunds-{number}"));
        (another["id"], another["path"]) = (json!(format!("res0{number}")), json!(format!("/{name}")));
        another["pathPart"] = json!(name);
        items.push(another);
    }
    let Some(mut deployed) = Deployed::start(account).await else { return };
    deployed.dispatcher().handle(schedule(3)).await.unwrap();
    let own = deployed.settings.own_endpoint_url.clone();
    let (port, _) = Fault::broken("refunds-23", 1000).before(deployed.emulator.port()).await;
    deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
    let messages = deployed.receive(&deployed.queue_url).await;
    let audit = messages.iter().find(|message| message.body.contains(r#""ask":"audit""#)).unwrap();
    let answer = deployed.auditor().handle(batch(&audit.body), LEFT).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }));
    let mut told = deployed.notices().await;
    assert!((10..30).contains(&told.len()), "{}", told.len());
    deployed.settings.own_endpoint_url = own;
    let answer = deployed.auditor().handle(batch(&audit.body), LEFT).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    told.extend(deployed.notices().await);
    let fingerprints: BTreeSet<&str> = told.iter().filter_map(|(_, notice)| notice["fingerprint"].as_str()).collect();
    assert_eq!((told.len(), fingerprints.len()), (31, 31), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_where_no_address_is_named() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    deployed.settings.place.as_mut().unwrap().topic_arn = None;
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    assert_eq!((deployed.mails().await.len(), deployed.notices().await.len()), (0, 4));
}
