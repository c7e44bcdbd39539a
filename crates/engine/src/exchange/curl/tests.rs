//! `curl` commands as people paste them.

use super::*;
use crate::exchange::authorization::{Authorization, Credentials};

/// A command's request in lines: method and URL, headers, the body after `=`, `?` before what was not read, notes after `!`.
fn told(text: &str) -> String {
    let reading = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let request = &reading.exchange.request;
    let query: Vec<String> = request.url.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let mut lines = vec![format!("{} {}{mark}{}", request.method, request.url.without_query(), query.join("&"))];
    // A question mark stands before what was not read.
    let header = |(name, value): &(String, String)| {
        let mark = if is_read(value) { "" } else { "?" };
        shown_text(&format!("{name}: {mark}{value}"))
    };
    lines.extend(request.headers.0.iter().filter(|(name, _)| name != "Host").map(header));
    lines.extend(match &request.body {
        Body::Absent => None,
        Body::Text(text) => Some(format!("={text}")),
        Body::NotRead => Some("=?".to_owned()),
    });
    lines.extend(reading.notes.iter().map(|note| format!("!{note}")));
    lines.join("\n")
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(told(text), *expected, "{text}");
    }
}

#[test]
fn what_a_shell_puts_in_is_not_read() {
    let post = "POST https://a.example.com/\nContent-Type: application/x-www-form-urlencoded\n=";
    let variable = |name: &str| format!("!`${name}` is a variable of your shell: its value was not read");
    let of_body = format!("{post}?\n{}", variable("BODY"));
    let output = format!("{post}?\n!$(…) is a command of your shell: its output was not read");
    check(&[
        ("curl -d \"$BODY\" https://a.example.com/", &of_body),
        ("curl -d $BODY https://a.example.com/", &of_body),
        ("curl -d \"{\\\"a\\\":\\\"${BODY:-{}}\\\"}\" https://a.example.com/", &of_body),
        ("curl -d \"$(jq -n '{a: \"b\"}')\" https://a.example.com/", &output),
        ("curl -d $(cat a b) https://a.example.com/", &output),
        (
            "curl -d \"`cat a`\" https://a.example.com/",
            &format!("{post}?\n!`…` is a command of your shell: its output was not read"),
        ),
        ("curl -d \"costs $5\" https://a.example.com/", &format!("{post}?\n{}", variable("5"))),
        // Nothing is put in between single quotes, after a backslash, or for a dollar that stands alone.
        ("curl -d '$BODY `a`' https://a.example.com/", &format!("{post}$BODY `a`")),
        ("curl -d \"\\$BODY\" https://a.example.com/", &format!("{post}$BODY")),
        ("curl -d \"5 $\" https://a.example.com/", &format!("{post}5 $")),
        (
            "curl -u \"$USER:secret\" https://a.example.com/",
            &format!("GET https://a.example.com/\nAuthorization: ?Basic $USER:secret\n{}", variable("USER")),
        ),
        (
            "curl -H @headers -H \"$OWN\" https://a.example.com/",
            &format!(
                "GET https://a.example.com/\n@headers: ?@headers\n$OWN: ?$OWN\n{}\n!`--header` names a file, which was not read",
                variable("OWN")
            ),
        ),
    ]);
    let signed =
        read("curl --aws-sigv4 \"aws:amz:$REGION:execute-api\" -u \"$KEY:$SECRET\" https://a.example.com/").unwrap();
    let signature = signed.exchange.request.client.signs_with.unwrap();
    assert_eq!(
        (signature.region, signature.service.as_deref(), signature.access_key_id),
        (None, Some("execute-api"), None)
    );
}

#[test]
fn options_say_what_is_sent() {
    let form = "Content-Type: application/x-www-form-urlencoded";
    check(&[
        ("curl https://a.example.com/dev/orders", "GET https://a.example.com/dev/orders"),
        ("curl.exe https://a.example.com", "GET https://a.example.com"),
        ("/usr/bin/curl -s -S -v -i -k -L --compressed https://a.example.com", "GET https://a.example.com"),
        ("curl -X POST https://a.example.com/", "POST https://a.example.com/"),
        ("curl -XDELETE https://a.example.com/", "DELETE https://a.example.com/"),
        ("curl --request=PATCH https://a.example.com/", "PATCH https://a.example.com/"),
        ("curl --request PUT --url https://a.example.com/", "PUT https://a.example.com/"),
        ("curl -sSXPOST https://a.example.com/", "POST https://a.example.com/"),
        ("curl -I https://a.example.com/", "HEAD https://a.example.com/"),
        ("curl --head https://a.example.com/", "HEAD https://a.example.com/"),
        ("curl -d a=1 https://a.example.com/", &format!("POST https://a.example.com/\n{form}\n=a=1")),
        (
            "curl -d a=1 --data b=2 --data-ascii c=3 https://a.example.com/",
            &format!("POST https://a.example.com/\n{form}\n=a=1&b=2&c=3"),
        ),
        ("curl --data-raw '@a' https://a.example.com/", &format!("POST https://a.example.com/\n{form}\n=@a")),
        (
            "curl --data-binary '{}' -H 'content-type: application/json' https://a.example.com/",
            "POST https://a.example.com/\ncontent-type: application/json\n={}",
        ),
        ("curl -X GET -d '{}' https://a.example.com/", &format!("GET https://a.example.com/\n{form}\n={{}}")),
        (
            "curl --json '{\"a\":1}' https://a.example.com/",
            "POST https://a.example.com/\nAccept: application/json\nContent-Type: application/json\n={\"a\":1}",
        ),
        (
            "curl --json '{\"a\":' --json 1} https://a.example.com/",
            "POST https://a.example.com/\nAccept: application/json\nContent-Type: application/json\n={\"a\":1}",
        ),
        (
            "curl --data-urlencode 'a=b c&d' --data-urlencode '=x y' --data-urlencode z/ https://a.example.com/",
            &format!("POST https://a.example.com/\n{form}\n=a=b%20c%26d&x%20y&z%2F"),
        ),
        (
            "curl -G -d a=1 --data-urlencode 'b=c d' 'https://a.example.com/?z=0'",
            "GET https://a.example.com/?z=0&a=1&b=c%20d",
        ),
        ("curl --url-query a=1 --url-query '+b=%20' https://a.example.com/", "GET https://a.example.com/?a=1&b=%20"),
        (
            "curl -T photo.jpg https://a.example.com/photo.jpg",
            "PUT https://a.example.com/photo.jpg\n=?\n!`--upload-file` names a file, which was not read: the body is unknown",
        ),
        (
            "curl -d @body.json https://a.example.com/",
            &format!(
                "POST https://a.example.com/\n{form}\n=?\n!`--data` names a file, which was not read: the body is unknown"
            ),
        ),
        (
            "curl -F file=@a.txt -F b=c https://a.example.com/",
            "POST https://a.example.com/\nContent-Type: multipart/form-data\n=?\n!`--form`: the parts of the form are not read, the body is unknown",
        ),
        (
            "curl -b 'a=1; b=2' -A Agent -e https://b.example.com/ https://a.example.com/",
            "GET https://a.example.com/\nUser-Agent: Agent\nReferer: https://b.example.com/\nCookie: a=1; b=2",
        ),
        (
            "curl -b cookies.txt https://a.example.com/",
            "GET https://a.example.com/\n!`--cookie` names a file, which was not read",
        ),
        (
            "curl -H 'X-A: 1' -H 'X-A:2' -H 'X-Empty;' -H 'Accept:' https://a.example.com/",
            "GET https://a.example.com/\nX-A: 1\nX-A: 2\nX-Empty: ",
        ),
        ("curl -H 'Content-Type:' -d a https://a.example.com/", "POST https://a.example.com/\n=a"),
        (
            "curl -H 'none' https://a.example.com/",
            "GET https://a.example.com/\n!a `--header` without a colon is not sent",
        ),
        (
            "curl -H'Accept: */*' https://a.example.com/ -o out.json -w '%{http_code}' -m 10",
            "GET https://a.example.com/\nAccept: */*",
        ),
        (
            "curl https://a.example.com/ https://b.example.com/",
            "GET https://a.example.com/\n!the command has 2 URLs: the first one was read",
        ),
        (
            "curl https://a.example.com/ --next https://b.example.com/ -X POST",
            "GET https://a.example.com/\n!what follows `--next` is another request, and was not read",
        ),
        ("curl -- https://a.example.com/", "GET https://a.example.com/"),
        (
            "curl a.example.com/orders",
            "GET http://a.example.com/orders\n!the URL has no scheme: it is taken for http://",
        ),
        ("curl --no-progress-meter --no-silent https://a.example.com/", "GET https://a.example.com/"),
        ("curl --verb --max-t 3 https://a.example.com/", "GET https://a.example.com/"),
        (
            "curl https://a.example.com/orders/{id}",
            "GET https://a.example.com/orders/{id}\n!curl takes braces and brackets in a URL for a list of URLs, unless `-g` is given",
        ),
        ("curl -g https://a.example.com/orders/{id}", "GET https://a.example.com/orders/{id}"),
        (
            "curl --resolve a.example.com:443:10.0.0.1 https://a.example.com/",
            "GET https://a.example.com/\n!`--resolve`: curl connects to another address than the name's own",
        ),
        (
            "curl -x http://proxy:3128 https://a.example.com/",
            "GET https://a.example.com/\n!`--proxy`: a proxy lies between, and may change or strip headers",
        ),
    ]);
}

#[test]
fn a_url_says_where_it_holds_what_was_not_read() {
    let table = [
        ("curl https://a.example.com/orders/$ID/lines", "/orders/$ID/lines", &["$ID"][..], true),
        ("curl \"https://a.example.com/orders/$(date +%s)/${A:-b/c}\"", "/orders/$(…)/${…}", &["$(…)", "${…}"], true),
        ("curl \"https://a.example.com/v$VERSION/orders?page=1\"", "/v$VERSION/orders", &["v$VERSION"], true),
        ("curl \"https://a.example.com/orders?page=$PAGE\"", "/orders", &[], false),
        ("curl 'https://a.example.com/orders/$ID'", "/orders/$ID", &[], true),
        ("curl https://a.example.com/orders/<order-id>", "/orders/<order-id>", &[], true),
    ];
    for (text, path, variables, query_is_read) in table {
        let url = read(text).unwrap_or_else(|error| panic!("{text}: {error}")).exchange.request.url;
        assert_eq!((url.path.as_str(), url.query_is_read()), (path, query_is_read), "{text}");
        assert_eq!(url.variables, variables, "{text}");
        assert_eq!(url.is_read(), variables.is_empty() && query_is_read, "{text}");
    }
    let host = |text: &str| read(text).unwrap_err().to_string();
    let advice = "still has a placeholder in it: put the API's id, the region or the name in its place";
    assert_eq!(host("curl https://<api-id>.example.com/dev"), format!("the host `<api-id>.example.com` {advice}"));
    assert_eq!(host("curl $BASE/orders"), format!("the host `$BASE` {advice}"));
}

#[test]
fn words_that_nobody_pasted_go_to_https() {
    let read = |words: &[&str]| read_words(words.iter().map(|word| (*word).to_owned())).unwrap();
    let reading = read(&["a.example.com/orders"]);
    assert_eq!(reading.exchange.request.url.without_query(), "https://a.example.com/orders");
    assert_eq!(reading.notes, ["the URL has no scheme: it is taken for https://"]);
    assert_eq!(read(&["http://a.example.com/"]).exchange.request.url.scheme, "http");
}

#[test]
fn the_shell_s_quotes_are_undone() {
    check(&[
        (r#"curl "https://a.example.com/?a=1&b=2""#, "GET https://a.example.com/?a=1&b=2"),
        (r"curl https://a.example.com/?a=1\&b=2", "GET https://a.example.com/?a=1&b=2"),
        (r#"curl -H "X: a\"b\\c\d" https://a.example.com/"#, "GET https://a.example.com/\nX: a\"b\\c\\d"),
        (r"curl -H 'X: it'\''s' https://a.example.com/", "GET https://a.example.com/\nX: it's"),
        (
            r"curl -H $'X: O\'N \x41\101\u00e9\xc3\xa9' https://a.example.com/",
            "GET https://a.example.com/\nX: O'N AAéé",
        ),
        ("curl \\\n  -X POST \\\r\n  https://a.example.com/ \\  \n -H 'X: 1'", "POST https://a.example.com/\nX: 1"),
        ("curl -X POST\n  https://a.example.com/\n  -H 'X: 1'", "POST https://a.example.com/\nX: 1"),
        ("curl `\n -X POST `\n https://a.example.com/", "POST https://a.example.com/"),
        ("curl -H \"X: a\\\nb\" https://a.example.com/", "GET https://a.example.com/\nX: ab"),
        ("  $ curl https://a.example.com/ | jq .", "GET https://a.example.com/"),
        (
            "curl https://a.example.com/ > out.json 2>&1; echo done",
            "GET https://a.example.com/\n!the command has 2 URLs: the first one was read",
        ),
        ("curl https://a.example.com/ >out.json # comment", "GET https://a.example.com/"),
        ("curl 'https://a.example.com/' -H 'X: \"a ^\"'", "GET https://a.example.com/\nX: \"a ^\""),
        ("sudo curl https://a.example.com/", "GET https://a.example.com/"),
        ("A=1 B=2 curl https://a.example.com/", "GET https://a.example.com/"),
        (
            "curl https://a.example.com/1\ncurl https://a.example.com/2",
            "GET https://a.example.com/1\n!a second `curl` follows: the first one was read",
        ),
        (
            "curl https://a.example.com/?a=1&b=2",
            "GET https://a.example.com/?a=1\n!the shell ends the command at the `&` in the URL: put quotes around the URL",
        ),
        (
            "curl -H “X: 1” https://a.example.com/",
            "GET https://a.example.com/\nX: 1\n!typographic quotes were taken for plain ones",
        ),
        (
            "curl –X POST —header 'X: 1' https://a.example.com/",
            "POST https://a.example.com/\nX: 1\n!an option began with a long dash, which was taken for a hyphen\n!an option began with a long dash, which was taken for a hyphen",
        ),
        (
            "curl -H \"X: $TOKEN\" https://a.example.com/${ID}",
            "GET https://a.example.com/${ID}\nX: ?$TOKEN\n!`$TOKEN` is a variable of your shell: its value was not read\n!`$ID` is a variable of your shell: its value was not read",
        ),
        (
            "curl -d @- https://a.example.com/ <<EOF\n{}\nEOF",
            "POST https://a.example.com/\nContent-Type: application/x-www-form-urlencoded\n=?\n!the text after `<<` was not read\n!`--data` names a file, which was not read: the body is unknown",
        ),
    ]);
}

#[test]
fn what_browsers_and_postman_copy_is_read() {
    check(&[
        (
            "curl 'https://a.example.com/dev/orders?limit=10' \\\n  -H 'accept: */*' \\\n  -H 'sec-ch-ua: \"Chromium\";v=\"130\"' \\\n  -b 'a=1' \\\n  --data-raw $'{\"name\":\"O\\'Neill\\\\n\"}' \\\n  --compressed",
            "POST https://a.example.com/dev/orders?limit=10\naccept: */*\nsec-ch-ua: \"Chromium\";v=\"130\"\nCookie: a=1\nContent-Type: application/x-www-form-urlencoded\n={\"name\":\"O'Neill\\n\"}",
        ),
        (
            "curl ^\"https://a.example.com/dev/orders?limit=10^&next=^%^7Bid^%^7D^\" ^\r\n  -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"130^\\^\"^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":1^}^\"",
            "POST https://a.example.com/dev/orders?limit=10&next=%7Bid%7D\nsec-ch-ua: \"Chromium\";v=\"130\"\nContent-Type: application/x-www-form-urlencoded\n={\"a\":1}",
        ),
        (
            "curl \"https://a.example.com/?a=1&b=2\" ^\n  -H \"X: a^b\" ^\n  --data-raw \"{\\\"a\\\":\\\"c:\\\\x\\\"}\"",
            "POST https://a.example.com/?a=1&b=2\nX: a^b\nContent-Type: application/x-www-form-urlencoded\n={\"a\":\"c:\\\\x\"}",
        ),
        (
            "curl ^\"https://a.example.com/^\" -d ^\"one^\n\ntwo^\"",
            "POST https://a.example.com/\nContent-Type: application/x-www-form-urlencoded\n=one\ntwo",
        ),
        (
            "curl --location --globoff --request POST 'https://a.example.com/{id}' \\\n--header 'x-api-key: EXAMPLE' \\\n--header 'Content-Type: application/json' \\\n--data '{\n    \"a\": 1\n}'",
            "POST https://a.example.com/{id}\nx-api-key: EXAMPLE\nContent-Type: application/json\n={\n    \"a\": 1\n}",
        ),
        (
            "curl -v -X POST \\\n  'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev/{proxy+}' \\\n  -H 'content-type: application/json'",
            "POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev/{proxy+}\ncontent-type: application/json\n!curl takes braces and brackets in a URL for a list of URLs, unless `-g` is given",
        ),
    ]);
}

#[test]
fn names_and_passwords_become_the_header_that_curl_sends() {
    check(&[
        ("curl -u user:pass https://a.example.com/", "GET https://a.example.com/\nAuthorization: Basic dXNlcjpwYXNz"),
        ("curl --user=user: https://a.example.com/", "GET https://a.example.com/\nAuthorization: Basic dXNlcjo="),
        ("curl https://user:p%61ss@a.example.com/", "GET https://a.example.com/\nAuthorization: Basic dXNlcjpwYXNz"),
        (
            "curl -u user https://a.example.com/",
            "GET https://a.example.com/\n!`--user` has no password: curl asks for it, so no header was made of it",
        ),
        (
            "curl -u user:pass --digest https://a.example.com/",
            "GET https://a.example.com/\n!curl negotiates how to send the name and password: no header was made of them",
        ),
        (
            "curl -u user:pass -H 'authorization: Bearer x' https://a.example.com/",
            "GET https://a.example.com/\nauthorization: Bearer x",
        ),
        (
            "curl --oauth2-bearer x.y.z https://a.example.com/",
            "GET https://a.example.com/\nAuthorization: Bearer x.y.z",
        ),
        (
            "curl -n https://a.example.com/",
            "GET https://a.example.com/\n!`--netrc`: the name and password of your .netrc were not read",
        ),
    ]);
    let request = read("curl -u client:secret -d grant_type=client_credentials https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token").unwrap().exchange.request;
    let credentials = Credentials::of(&request).unwrap();
    assert_eq!((credentials.user_name.as_str(), credentials.has_password("secret")), ("client", true));
}

#[test]
fn a_signature_that_curl_makes_is_known_by_its_scope() {
    let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev";
    let signed = |options: &str| {
        let reading = read(&format!("curl {options} {host}")).unwrap();
        assert_eq!(reading.exchange.request.headers.get("authorization"), None);
        match Authorization::of(&reading.exchange.request) {
            Authorization::SigV4(signature) => signature,
            other => panic!("{options}: {other:?}"),
        }
    };
    let whole = SigV4 {
        access_key_id: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        region: Some("eu-west-1".to_owned()),
        service: Some("execute-api".to_owned()),
        has_signature: true,
        is_made_at_sending: true,
        ..SigV4::default()
    };
    assert_eq!(signed("--aws-sigv4 aws:amz:eu-west-1:execute-api -u AKIAIOSFODNN7EXAMPLE:secret"), whole);
    assert_eq!(
        signed(
            "--aws-sigv4 aws:amz:eu-west-1:execute-api --user AKIAIOSFODNN7EXAMPLE:secret -H 'x-amz-security-token: t'"
        ),
        SigV4 { has_session_token: true, ..whole.clone() }
    );
    // Left to itself, curl takes the labels of the host.
    let guessed =
        SigV4 { region: Some("execute-api".to_owned()), service: Some("a1b2c3d4e5".to_owned()), ..whole.clone() };
    assert_eq!(signed("--aws-sigv4 aws:amz -u AKIAIOSFODNN7EXAMPLE:secret"), guessed);
    let own = SigV4 { service: Some("a1b2c3d4e5".to_owned()), ..whole.clone() };
    assert_eq!(signed("--aws-sigv4 aws:amz:eu-west-1 -u AKIAIOSFODNN7EXAMPLE:secret"), own);
    assert_eq!(
        signed("--aws-sigv4 aws:amz:eu-west-1:execute-api"),
        SigV4 { access_key_id: None, has_signature: false, ..whole }
    );
    let reading =
        read(&format!("curl --aws-sigv4 aws:amz:eu-west-1:execute-api -u a:b -H 'Authorization: abc' {host}")).unwrap();
    assert_eq!(Authorization::of(&reading.exchange.request), Authorization::Other);
}

#[test]
fn options_that_are_not_known_are_named_and_read_past() {
    let unknown = |name: &str, rest: &str| {
        format!("GET https://a.example.com/\n!`{name}` is no option of curl that is known: it was read past{rest}")
    };
    check(&[
        ("curl --frobnicate https://a.example.com/", &unknown("--frobnicate", "")),
        ("curl --frobnicate value https://a.example.com/", &unknown("--frobnicate", " with the word after it")),
        ("curl --frobnicate -s https://a.example.com/", &unknown("--frobnicate", "")),
        ("curl --frobnicate=secret https://a.example.com/", &unknown("--frobnicate", "")),
        ("curl https://a.example.com/ --frobnicate", &unknown("--frobnicate", "")),
        ("curl -sW https://a.example.com/", &unknown("-W", "")),
        ("curl $'-\\n' https://a.example.com/", &unknown("-", "")),
    ]);
}

/// What a shell's array or variable holds in the place of options is no URL, and may hold any header.
#[test]
fn options_that_a_variable_of_the_shell_holds_are_not_taken_for_the_url() {
    let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev/orders";
    for (command, shown) in [
        (format!("curl \"${{HEADERS[@]}}\" {url}"), "${HEADERS[@]}"),
        (format!("curl {url} ${{HEADERS[*]}}"), "${HEADERS[*]}"),
        (format!("curl -s $OPTIONS '{url}'"), "$OPTIONS"),
        (format!("curl \"$@\" {url}"), "$@"),
        (format!("curl $(cat options) {url}"), "$(…)"),
        (format!("curl \"${{-data-raw\nx}}\" {url}"), "$(…)"),
    ] {
        let reading = read(&command).unwrap();
        let request = &reading.exchange.request;
        assert_eq!(request.url.without_query(), url, "{command}");
        assert!(request.headers.may_have("authorization") && request.headers.may_have("x-api-key"), "{command}");
        let note = format!("`{shown}` stands where options do: what it holds was not read");
        assert!(reading.notes.contains(&note), "{:?}", reading.notes);
        assert!(!reading.notes.iter().any(|own| own.contains("URLs")), "{:?}", reading.notes);
    }
    // Where there is no other, it is the URL.
    assert_eq!(
        read("curl \"$URL/orders\" ").unwrap_err().to_string(),
        read("curl $URL/orders").unwrap_err().to_string()
    );
}

#[test]
fn a_certificate_and_the_host_are_told() {
    let request =
        read("curl --cert client.pem --key client.key https://API.example.com:8443/").unwrap().exchange.request;
    assert_eq!(request.client.has_tls_certificate, Some(true));
    assert_eq!(request.headers.get("host"), Some("api.example.com:8443"));
    let request = read("curl -H 'Host: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com' https://vpce-1-2.execute-api.eu-west-1.vpce.amazonaws.com/dev").unwrap().exchange.request;
    let hosts: Vec<&str> = request.headers.all("host").collect();
    assert_eq!(hosts, ["a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"]);
    assert_eq!(request.client.has_tls_certificate, None);
}

#[test]
fn what_is_no_command_is_said_with_its_place() {
    let table = [
        ("", "the text does not begin with `curl`"),
        ("wget https://a.example.com", "the text does not begin with `curl`"),
        ("curl", "the command has no URL"),
        ("curl -s", "the command has no URL"),
        ("curl https://a.example.com -H", "`--header` takes a value, and none follows: copy the whole command"),
        ("curl -H 'X: secret", "the single quote at line 1 column 9 is not closed: copy the whole command"),
        ("curl \\\n  -H \"X: secret", "the double quote at line 2 column 6 is not closed: copy the whole command"),
        ("curl -d $'secret", "the single quote at line 1 column 9 is not closed: copy the whole command"),
        (
            "curl ^\"https://a.example.com^\" ^\n -H ^\"secret",
            "the double quote at line 2 column 6 is not closed: copy the whole command",
        ),
        (
            "curl ftp://a.example.com",
            "`ftp` is no scheme that API Gateway speaks: it is https, or wss for WebSocket APIs",
        ),
        (
            "curl https://{api}.execute-api.eu-west-1.amazonaws.com",
            "the host `{api}.execute-api.eu-west-1.amazonaws.com` still has a placeholder in it: put the API's id, the region or the name in its place",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }
}
