//! Requests and responses that are not shipped, read as `explain` reads them.

use engine::exchange::host::Host;
use engine::exchange::json;
use serde_json::Value;
use tests::shared;

#[test]
fn every_case_s_request_and_response_are_read() {
    let Some(path) = shared("cases/explain.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() >= 108, "{}", cases.len());
    for case in &cases {
        let id = &case["id"];
        let mut document = case["request"].clone();
        if let Some(client) = case.get("client") {
            document["client"] = client.clone();
        }
        let request = json::read_request(&document.to_string()).unwrap_or_else(|error| panic!("{id}: {error}"));
        let response =
            json::read_response(&case["response"].to_string()).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(request.method, case["request"]["method"].as_str().unwrap(), "{id}");
        assert_eq!(u64::from(response.status), case["response"]["status"].as_u64().unwrap(), "{id}");
        assert_eq!(request.headers.0.len(), case["request"]["headers"].as_object().unwrap().len(), "{id}");
        assert_eq!(response.headers.0.len(), case["response"]["headers"].as_object().unwrap().len(), "{id}");
        let url = case["request"]["url"].as_str().unwrap();
        assert_eq!(request.url.without_query(), url.split_once('?').map_or(url, |(before, _)| before), "{id}");
        let is_example = request.url.host.ends_with(".example.com");
        assert_eq!(request.host() == Host::Other, is_example, "{id}: {}", request.url.host);
    }
}
