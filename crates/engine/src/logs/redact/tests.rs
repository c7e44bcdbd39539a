//! What is shown of each text, to the letter.

use super::{line, redact};

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Each line is a text and, after ` ⇒ `, what is shown of it. `%jwt%`, `%key%` and `%nbsp%` stand for themselves.
fn all_are_shown(cases: &str) {
    let mut wrong = Vec::new();
    for case in cases.lines().filter(|case| !case.is_empty()) {
        let (text, shown) = case.split_once(" ⇒ ").unwrap_or_else(|| panic!("no ⇒ in {case}"));
        let filled = |text: &str| text.replace("%jwt%", TOKEN).replace("%key%", KEY).replace("%nbsp%", "\u{a0}");
        let (text, shown) = (filled(text), filled(shown));
        for (text, what) in [(text.as_str(), "once"), (&line(&text), "twice")] {
            let told = line(text);
            if told != shown {
                wrong.push(format!("{what}: {text}\n  {told}\n  {shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_name_says_is_secret_is_hidden() {
    all_are_shown(
        r#"
{"password":"hunter2 and more","user":"ada"} ⇒ {"password":"<redacted>","user":"ada"}
body {\"password\": \"hunter2\", \"a\": 1} ⇒ body {\"password\": \"<redacted>\", \"a\": 1}
password: "a\"b rest" end ⇒ password: "<redacted>" end
password: 'a\\' end ⇒ password: '<redacted>' end
password='' user='ada' ⇒ password='' user='ada'
db.password => 'hunter2'; pwd: hunter3 ⇒ db.password => '<redacted>'; pwd: <redacted>
"password": ["hunter2", "b]c"], "a": 1 ⇒ "password": <redacted>, "a": 1
{"password":{"value":"hunter2"},"a":1} ⇒ {"password":<redacted>,"a":1}
{"name":"password","value":"hunter2"} ⇒ {"name":"password","value":"<redacted>"}
run --password hunter2 --verbose ⇒ run --password <redacted> --verbose
pass=hunter2&db_pass=hunter3 ⇒ pass=<redacted>&db_pass=<redacted>
<password>hunter2</password><a>1</a> ⇒ <password><redacted></password><a>1</a>
<wsse:Password Type="x">hunter2</wsse:Password> ⇒ <wsse:Password Type="x"><redacted></wsse:Password>
passphrase=correct horse battery, user=ada ⇒ passphrase=<redacted>, user=ada
password%3Dhunter2%26page%3D2 ⇒ password%3D<redacted>%26page%3D2
q=%7B%22password%22%3A%22hunter2%22%2C%22a%22%3A1%7D ⇒ q=%7B%22password%22%3A%22<redacted>%22%2C%22a%22%3A1%7D
password%22%3A%20%22hunter2 ⇒ password%22%3A%20%22<redacted>
{\u0022password\u0022:\u0022hunter2\u0022,\u0022a\u0022:1} ⇒ {\u0022password\u0022:\u0022<redacted>\u0022,\u0022a\u0022:1}
{\\u0022password\\u0022:\\u0022hunter2\\u0022} ⇒ {\\u0022password\\u0022:\\u0022<redacted>\\u0022}
&quot;token&quot;: &quot;hunter2&quot;, ⇒ &quot;token&quot;: &quot;<redacted>&quot;,
JSESSIONID=abc, session_id: 'abc', connect.sid=s%3Aabc; x=1 ⇒ JSESSIONID=<redacted>, session_id: '<redacted>', connect.sid=<redacted>; x=1
MASTER_KEY=abc encryptionKey=abc passcode: 'abc' ⇒ MASTER_KEY=<redacted> encryptionKey=<redacted> passcode: '<redacted>'
wrong password "hunter2" for ada ⇒ wrong password "<redacted>" for ada
password is hunter2secret ⇒ password is <redacted>
password = Some("hunter2") in x ⇒ password = <redacted> in x
Invalid API key provided: k3y0123456789abcd. ⇒ Invalid API key provided: <redacted>.
x-api-key k3y0123456789 ⇒ x-api-key <redacted>
x-api-key: k0123456789 ⇒ x-api-key: <redacted>
secretAccessKey -> wJalrhunter2 ⇒ secretAccessKey -> <redacted>
AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEAAaCX ⇒ AWS_SESSION_TOKEN=<redacted>
Server=h;User Id=sa;Pwd=hunter2;Timeout=3 ⇒ Server=h;User Id=sa;Pwd=<redacted>;Timeout=3
Cookie: sid=abc; csrf=def ⇒ Cookie: <redacted>
"set-cookie": "sid=abc; Path=/", "a": 1 ⇒ "set-cookie": "<redacted>", "a": 1
Authorization: Bearer %jwt% ⇒ Authorization: <redacted>
sent {'Authorization': 'Bearer %jwt%'} to x ⇒ sent {'Authorization': '<redacted>'} to x
Authorization => ["abc", "def"], Host => ["x"] ⇒ Authorization => <redacted>, Host => ["x"]
{ authorization: HeaderValue { "abc123" }, a: 1 } ⇒ { authorization: <redacted>, a: 1 }
{ authorization: [ 'Bearer abc123' ], a: 1 } ⇒ { authorization: <redacted>, a: 1 }
Authorization: Digest username="ada", response="6629fae4" ⇒ Authorization: <redacted>
Credential=AKIAIOSFODNN7EXAMPLE/2026, Signature=fe5f80 ⇒ Credential=<redacted>, Signature=<redacted>
"#,
    );
}

#[test]
fn what_is_secret_by_its_form_is_hidden() {
    all_are_shown(
        r#"
called with bearer abcdef123456 again ⇒ called with bearer <redacted> again
header basic dXNlcjpwYXNz ⇒ header basic <redacted>
Bearer: tok-abc-123456 ⇒ Bearer: <redacted>
Bearer%nbsp%abc123def456 ⇒ Bearer%nbsp%<redacted>
token was %jwt%. ⇒ token was <redacted>.
GET /cb/%jwt%/x ⇒ GET /cb/<redacted>/x
t=%jwt%#top ⇒ t=<redacted>#top
q%3D%jwt% ⇒ q%3D<redacted>
eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0. ⇒ <redacted>.
eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdv ⇒ <redacted>
eyJhbGciOiJkaXIifQ..48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdv ⇒ <redacted>
key AKIAIOSFODNN7EXAMPLE is wrong ⇒ key <redacted> is wrong
value %key% is wrong ⇒ value <redacted> is wrong
sk_live_EXAMPLEvpbMgAeuTC, no ⇒ <redacted>, no
with sk-proj-EXAMPLEvUM0z9eQxD2kP3 ⇒ with <redacted>
pulled with dckr_pat_EXAMPLEgiUxUmCUWaj00 ⇒ pulled with <redacted>
POST https://hooks.slack.com/services/T00EXAMPLE/B00EXAMPLE/EXAMPLEgiUxUmCUWaj failed ⇒ POST https://hooks.slack.com/services/<redacted> failed
"https://discord.com/api/webhooks/123456789/EXAMPLE_giUx-UmCUWaj" ⇒ "https://discord.com/api/webhooks/<redacted>"
wJalrXUtnFEMI\/K7MDENG\/bPxRfiCYEXAMPLEKEY and wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY ⇒ <redacted> and <redacted>
wJalrXUtnFEMI\\/K7MDENG\\/bPxRfiCYEXAMPLEKEY ⇒ <redacted>
"%key%\" end ⇒ "<redacted>\" end
ghp_EXAMPLEdnUNV0AMB96QoI3mbmz8rDo1H30xF ⇒ <redacted>
github_pat_11EXAMPLE0dnUNV0AMB96_QoI3mbmz8rDo1H30xF ⇒ <redacted>
(glpat-EXAMPLEgiUxUmCUWaj) ⇒ (<redacted>)
xoxb-EXAMPLEMK0s4sqcZi ⇒ <redacted>
AIzaSyEXAMPLExfIuqiVCg1ZnVbfxZmOCz40ohb ⇒ <redacted>
npm_EXAMPLEkCeODJMa4iTK6hTTH5BFJhvcBhDpk ⇒ <redacted>
SG.EXAMPLEbpJKmDnUmzMUQm.EXAMPLE3hGwHyMbMyTnBkE66SBXvzpQQQ7VQMzBN9z ⇒ <redacted>
"#,
    );
}

#[test]
fn addresses_are_hidden_and_hosts_are_not() {
    all_are_shown(
        r#"
postgres://me:hunter2@db.example.com/shop ⇒ postgres://<redacted>@db.example.com/shop
redis://:hunter2@cache:6379 ⇒ redis://<redacted>@cache:6379
https://hunter2@example.com/x ⇒ https://<redacted>@example.com/x
https://u:hun,ter'2|x@h.example.com/ ⇒ https://<redacted>@h.example.com/
postgresql+psycopg://u:p@ss/w0rd@h/db ⇒ postgresql+psycopg://<redacted>@h/db
mongodb://u:pa/ss1234@h/db ⇒ mongodb://<redacted>@h/db
"https:\/\/user:hunter2@h.example.com\/x" ⇒ "https:\/\/<redacted>@h.example.com\/x"
u=https%3A%2F%2Fuser%3Ahunter2%40h&a=1 ⇒ u=https%3A%2F%2F<redacted>%40h&a=1
jdbc:oracle:thin:scott/tiger123@//h:1521/x ⇒ jdbc:oracle:thin:<redacted>@//h:1521/x
jdbc:oracle:thin:@//h:1521/x ⇒ jdbc:oracle:thin:@//h:1521/x
GET https://x.example.com/a?api_key=k-01&page=2 ⇒ GET https://x.example.com/a?api_key=<redacted>&page=2
no user ada.lovelace+shop@example.co.uk here ⇒ no user <email> here
<ada@example.com>, user=bob@example.com ⇒ <<email>>, user=<email>
email=ada@example.com&x=1 ⇒ email=<email>&x=1
user/ada@example.com ⇒ user/<email>
ada@example.com/orders ⇒ <email>/orders
u=ada%40example.com&x=1 ⇒ u=<email>&x=1
ada\u0040example.com, ada%2540example.com, ada&#64;example.com, ada\\u0040example.com ⇒ <email>, <email>, <email>, <email>
mailto:ada@example.com?subject=x ⇒ mailto:<email>?subject=x
https://x.example.com:8443/u/ada@example.com/o ⇒ https://x.example.com:8443/u/<email>/o
"#,
    );
}

#[test]
fn cards_are_hidden_whatever_stands_beside_them() {
    all_are_shown(
        r"
card 4111 1111 1111 1111 declined ⇒ card <card> declined
4111 1111 1111 1111 12/27 ⇒ <card> 12/27
4111111111111111 123 ⇒ <card> 123
2024-01-01 4111111111111111 ⇒ 2024-01-01 <card>
3 4111-1111-1111-1111; ⇒ 3 <card>;
card_4111111111111111, card4111111111111111 ⇒ card_<card>, card<card>
4111%nbsp%1111%nbsp%1111%nbsp%1111 ⇒ <card>
4111\u00a01111\u00a01111\u00a01111 ⇒ <card>
4111.1111.1111.1111 ⇒ <card>
n=4111+1111+1111+1111&x=1 ⇒ n=<card>&x=1
3782 822463 10005 and 378282246310005 ⇒ <card> and <card>
pan:5500005555555559 ⇒ pan:<card>
",
    );
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "KeyError: 'id'",
        "TokenExpiredError: jwt expired",
        "JsonWebTokenError: invalid signature",
        "ExpiredToken: The provided token has expired",
        "InvalidAccessKeyId: The AWS Access Key Id you provided does not exist",
        "SyntaxError: Unexpected token: < in JSON at position 0",
        "SyntaxError: Unexpected token 'h', \"hello\" is not valid JSON",
        "    at Object.<anonymous> (/var/task/index.js:3:9)",
        "    at verifyToken (/var/task/src/token.js:12:5)",
        "\tat com.example.TokenService.verify(TokenService.java:12)",
        "   at Shop.Secrets.Read(String name) in /src/Secrets.cs:line 12",
        "  File \"/var/task/password.py\", line 6, in check_password",
        "/var/task/secret.rb:3:in 'handler'",
        "main.(*TokenStore).Get(0xc000012345, {0x7f1234567890, 0x10})",
        "   3: orders::token::verify",
        "RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Error: Runtime exited with error: exit status 1",
        "4111a1b2-4111-4111-8111-411111111111",
        "Root=1-5759e988-bd862e3fe1be46a994272793",
        "order 1791633600000 of 2026-11-22T08:00:00.000Z, 4111111111111112",
        "order 20261122-4111-0042, ratio 0.4111111111111111",
        "https://example.com/orders?page=2&sort=asc",
        "https://registry.example.com/@scope/name@1.2.3",
        "file:///var/task/node_modules/.pnpm/express@4.18.2/node_modules/express/index.js:3:9",
        "connect ECONNREFUSED secretsmanager.eu-west-1.amazonaws.com:443",
        "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn",
        "no secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-db-AbCdEf",
        "arn:aws:iam::111122223333:role/token-reader: not authorized",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "password: null, token: undefined",
        "total_tokens: 512, npm_config_registry_0",
        "Basic authentication failed, bearer authorization required",
        "the password is wrong, the api key was not found",
        "@decorator at user@host, git@github.com:org/repository",
        "keyJsonSerializer.serialize",
        "4111 1111 1111 1112",
        "https://docs.slack.com/services/all, https://hooks.slack.com/services/",
        "session 12 has ended, sessionIdentifier: none",
    ] {
        assert_eq!(line(text), text);
    }
}

#[test]
fn a_private_key_is_hidden_in_one_line_and_in_several() {
    let one = r"cannot read -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----, so";
    assert_eq!(line(one), "cannot read <redacted>, so");
    assert_eq!(line("cut -----BEGIN PRIVATE KEY-----\\nMIIE"), "cut <redacted>");
    assert_eq!(line("-----BEGIN CERTIFICATE-----"), "-----BEGIN CERTIFICATE-----");
    for (lines, shown) in [
        (
            vec!["a -----BEGIN PRIVATE KEY-----", "MIIEow", "-----END PRIVATE KEY-----", "b"],
            "a <redacted>|<redacted>|<redacted>|b",
        ),
        (vec![one, "    at f (/var/task/a.js:1:1)"], "cannot read <redacted>, so|    at f (/var/task/a.js:1:1)"),
        (
            vec!["-----BEGIN PRIVATE KEY-----\\nMIIE", "    at f (/var/task/a.js:1:1)"],
            "<redacted>|    at f (/var/task/a.js:1:1)",
        ),
    ] {
        assert_eq!(redact(lines.into_iter().map(str::to_owned).collect()).join("|"), shown);
    }
}
