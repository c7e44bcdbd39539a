//! Logs of every runtime, as they are written: what fails, and what only looks like it.
//!
//! `fixtures/` holds the cases. `##` begins one, `>` says what has to come of it: kind, type and message of each failure;
//! without `>`, nothing. `{id}` stands for a request id and `␍` for a carriage return.

use super::*;

const ID: &str = "79b4f56e-95b1-4643-9700-2807f4e68189";

/// A case of a fixture.
struct Case {
    name: String,
    log: String,
    expected: Vec<String>,
}

const FIXTURES: [(&str, &str); 17] = [
    ("node.text", include_str!("fixtures/node.text")),
    ("node.json", include_str!("fixtures/node.json")),
    ("python.text", include_str!("fixtures/python.text")),
    ("python.json", include_str!("fixtures/python.json")),
    ("java.text", include_str!("fixtures/java.text")),
    ("java.json", include_str!("fixtures/java.json")),
    ("dotnet.text", include_str!("fixtures/dotnet.text")),
    ("dotnet.json", include_str!("fixtures/dotnet.json")),
    ("ruby.text", include_str!("fixtures/ruby.text")),
    ("ruby.json", include_str!("fixtures/ruby.json")),
    ("go.text", include_str!("fixtures/go.text")),
    ("go.json", include_str!("fixtures/go.json")),
    ("rust.text", include_str!("fixtures/rust.text")),
    ("rust.json", include_str!("fixtures/rust.json")),
    ("custom.text", include_str!("fixtures/custom.text")),
    ("custom.json", include_str!("fixtures/custom.json")),
    ("gateway.text", include_str!("fixtures/gateway.text")),
];

fn cases(file: &str, text: &str) -> Vec<Case> {
    let text = text.replace("{id}", ID).replace('␍', "\r");
    let parse = |case: &str| {
        let (name, rest) = case.split_once('\n').unwrap();
        let is_expected = |line: &&str| line.starts_with("> ");
        let expected = rest.lines().map_while(|line| line.strip_prefix("> ")).map(str::to_owned).collect();
        let log: Vec<&str> = rest.split('\n').skip_while(is_expected).collect();
        Case { name: format!("{file}: {name}"), log: log.join("\n").trim_end_matches('\n').to_owned(), expected }
    };
    text.split("## ").skip(1).map(parse).collect()
}

fn all() -> Vec<Case> {
    FIXTURES.iter().flat_map(|(file, text)| cases(file, text)).collect()
}

fn shown(errors: &Errors) -> Vec<String> {
    let show = |group: &ErrorGroup| {
        assert_eq!(group.count, 1, "{group:?}");
        let error_type = group.error_type.as_deref().unwrap_or_default();
        format!("{} {error_type}: {}", group.kind.name(), group.message)
    };
    let mut shown: Vec<String> = errors.groups.iter().map(show).collect();
    shown.sort();
    shown
}

fn of_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Errors {
    let mut grouping = Grouping::new(Options::default());
    let mut reader = Reader::new(&mut grouping);
    pieces.into_iter().for_each(|piece| reader.read(piece, &mut grouping).unwrap());
    reader.end(&mut grouping).unwrap();
    grouping.finish()
}

fn of_text(text: &str) -> Errors {
    of_pieces([text.as_bytes()])
}

fn of_events<'a>(events: impl IntoIterator<Item = Event<'a>>) -> Errors {
    let mut grouping = Grouping::new(Options::default());
    events.into_iter().for_each(|event| grouping.event(&event));
    grouping.finish()
}

#[test]
fn every_case_gives_exactly_what_it_says() {
    let mut wrong = Vec::new();
    for case in all() {
        let found = shown(&of_text(&case.log));
        if found != case.expected {
            wrong.push(format!("{}\n  expected {:?}\n  found    {found:?}", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_runtime_has_five_errors_and_five_that_only_look_like_it() {
    for (file, text) in FIXTURES {
        let (errors, benign): (Vec<Case>, Vec<Case>) =
            cases(file, text).into_iter().partition(|case| !case.expected.is_empty());
        assert!(errors.len() >= 5 && benign.len() >= 5, "{file}: {} and {}", errors.len(), benign.len());
    }
}

#[test]
fn events_of_one_line_or_of_several_give_the_same() {
    for case in all() {
        let one = Event { log_stream: Some("s"), message: case.log.as_bytes(), ..Event::default() };
        assert_eq!(shown(&of_events([one])), case.expected, "{}: one event", case.name);
        let lines = case.log.split('\n').map(|line| Event {
            log_stream: Some("s"),
            message: line.as_bytes(),
            ..Event::default()
        });
        assert_eq!(shown(&of_events(lines)), case.expected, "{}: an event a line", case.name);
    }
}

#[test]
fn what_cloudwatchs_tools_write_gives_the_same() {
    for case in all() {
        let event = |line: &str| {
            serde_json::json!({ "logStreamName": "2026/11/22/[$LATEST]0123", "timestamp": 1_795_334_400_000_i64, "message": format!("{line}\n"),
                "ingestionTime": 1_795_334_400_001_i64, "eventId": "1" })
        };
        let events: Vec<serde_json::Value> = case.log.split('\n').map(event).collect();
        let answer = serde_json::json!({ "events": events, "searchedLogStreams": [{ "logStreamName": "x", "searchedCompletely": true }] });
        let pretty = serde_json::to_string_pretty(&answer).unwrap();
        let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
        let tail: Vec<String> = case
            .log
            .split('\n')
            .map(|line| format!("2026-11-22T08:00:00.000000+00:00 2026/11/22/[$LATEST]0123 {line}"))
            .collect();
        let sam =
            case.log.split('\n').map(|line| format!("2026/11/22/[$LATEST]0123 2026-11-22T08:00:00.000000 {line}"));
        let sam: Vec<String> = sam.collect();
        let export: Vec<String> = case.log.split('\n').map(|line| format!("2026-11-22T08:00:00.000Z {line}")).collect();
        for (form, text) in [
            ("an answer of FilterLogEvents", pretty.clone()),
            ("two answers", pretty.clone() + &serde_json::json!({ "events": [] }).to_string()),
            ("a list of events", serde_json::to_string(&events).unwrap()),
            ("an event a line", lines.join("\n")),
            ("aws logs tail", tail.join("\n")),
            ("sam logs", sam.join("\n")),
            ("an export", export.join("\n")),
        ] {
            assert_eq!(shown(&of_text(&text)), case.expected, "{}: {form}:\n{text}", case.name);
        }
    }
}

#[test]
fn every_way_to_cut_a_file_gives_the_same() {
    let log: Vec<String> = all().into_iter().map(|case| case.log).collect();
    let text = log.join("\n");
    let whole = of_text(&text);
    assert!(whole.groups.len() > 40);
    for size in [1, 2, 3, 7, 64, 500, 511, 512, 513, 4096] {
        assert_eq!(of_pieces(text.as_bytes().chunks(size)), whole, "{size}");
    }
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::json!({ "logStreamName": "s", "timestamp": 1, "message": line })).collect();
    let answer = serde_json::json!({ "events": events }).to_string();
    let whole = of_text(&answer);
    for size in [1, 5, 512, 4096] {
        assert_eq!(of_pieces(answer.as_bytes().chunks(size)), whole, "{size}");
    }
}

/// A stream of each case, with a request id and a name of its own.
fn streams() -> Vec<(String, Vec<String>)> {
    let stream = |(at, case): (usize, Case)| {
        let log = case.log.replace(ID, &format!("{at:08x}-95b1-4643-9700-2807f4e68189"));
        let log = log.replace("00000000-95b1", &format!("{at:08x}-ffff"));
        (format!("stream-{at:03}"), log.split('\n').map(str::to_owned).collect())
    };
    all().into_iter().enumerate().map(stream).collect()
}

#[test]
fn streams_do_not_mix_however_they_are_interleaved() {
    let streams = streams();
    let event = |name: &'static str, line: &'static str, at: usize| Event {
        timestamp: Some(1_795_334_400_000 + at as i64),
        log_group: Some("/aws/lambda/orders-fn"),
        log_stream: Some(name),
        message: line.as_bytes(),
    };
    let leaked: Vec<(&'static str, Vec<&'static str>)> = streams
        .into_iter()
        .map(|(name, lines)| (&*name.leak(), lines.into_iter().map(|line| &*line.leak()).collect()))
        .collect();
    let in_turn = of_events(
        leaked.iter().flat_map(|(name, lines)| lines.iter().enumerate().map(|(at, line)| event(name, line, at))),
    );
    let reversed = of_events(
        leaked.iter().rev().flat_map(|(name, lines)| lines.iter().enumerate().map(|(at, line)| event(name, line, at))),
    );
    assert_eq!(reversed, in_turn);
    let longest = leaked.iter().map(|(_, lines)| lines.len()).max().unwrap();
    let interleaved = of_events(
        (0..longest)
            .flat_map(|at| leaked.iter().filter_map(move |(name, lines)| Some(event(name, lines.get(at)?, at)))),
    );
    assert_eq!(interleaved, in_turn);
}

#[test]
fn one_bug_in_three_functions_is_one_group() {
    let message =
        "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler";
    let groups = ["/aws/lambda/a", "/aws/lambda/b", "custom/c"];
    let mut grouping = Grouping::new(Options::default());
    grouping.know("custom/c", "c", Some(Runtime::Python));
    for log_group in groups {
        grouping.event(&Event {
            log_group: Some(log_group),
            log_stream: Some("s"),
            message: message.as_bytes(),
            ..Event::default()
        });
    }
    let errors = grouping.finish();
    let [group] = errors.groups.as_slice() else { panic!("{errors:?}") };
    assert_eq!((group.count, group.functions.iter().map(String::as_str).collect::<Vec<_>>()), (3, vec!["a", "b", "c"]));
    assert_eq!((group.runtime, group.severity), (Some(Runtime::Python), crate::finding::Severity::High));
}

#[test]
fn text_and_json_of_one_error_are_one_group() {
    let text = "[ERROR] ValueError: bad date 17\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 3, in handler\n    parse(x)";
    let json = r#"{"timestamp":"2026-11-22T08:00:00Z","log_level":"ERROR","errorMessage":"bad date 4711","errorType":"ValueError","requestId":"79b4f56e-95b1-4643-9700-2807f4e68189","stackTrace":["  File \"/var/task/app.py\", line 8, in handler\n    parse(x)\n"]}"#;
    let errors = of_text(&format!("{text}\n{json}\n"));
    assert_eq!(errors.groups.iter().map(|group| group.count).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_request_that_is_tried_again_fails_again() {
    let attempt = format!(
        "START RequestId: {ID} Version: $LATEST\n2026-11-22T08:00:01.000Z {ID} Task timed out after 1.00 seconds\nEND RequestId: {ID}\n"
    );
    let errors = of_text(&attempt.repeat(3));
    assert_eq!(errors.groups.iter().map(|group| (group.kind, group.count)).collect::<Vec<_>>(), [(Kind::Timeout, 3)]);
}

#[test]
fn requests_that_are_mixed_in_one_text_are_told_apart_by_their_ids() {
    let [a, b] = ["a", "b"].map(|digit| ID.replace('7', digit));
    let invoke = |id: &str, name: &str| {
        format!(
            "2026-11-22T08:00:00.000Z\t{id}\tERROR\tInvoke Error \t{{\"errorType\":\"{name}\",\"errorMessage\":\"x\",\"stack\":[\"{name}: x\"]}}\n"
        )
    };
    let report = |id: &str, status: &str| format!("REPORT RequestId: {id}\tDuration: 3.01 ms\tStatus: {status}\n");
    let text = format!(
        "START RequestId: {a} Version: 1\nSTART RequestId: {b} Version: 1\n{}{}{}{}{}",
        invoke(&b, "BError"),
        invoke(&a, "AError"),
        report(&a, "error\tError Type: AError"),
        report(&b, "error\tError Type: BError"),
        report(&a, "success")
    );
    let mut found = shown(&of_text(&text));
    found.sort();
    assert_eq!(found, ["exception AError: x", "exception BError: x"]);
    // What does not say whose it is belongs to the one that the platform says failed.
    let printed =
        "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler\n";
    let text = format!(
        "START RequestId: {a} Version: 1\nSTART RequestId: {b} Version: 1\n{printed}{}",
        report(&a, "error\tError Type: KeyError")
    );
    assert_eq!(shown(&of_text(&text)), ["exception KeyError: 'id'"]);
}

#[test]
fn clocks_may_run_backwards() {
    let timeout =
        |time: &str, digit: &str| format!("{time} {} Task timed out after 1.00 seconds\n", ID.replace('7', digit));
    let text = timeout("2026-11-22T08:00:02.000Z", "a")
        + &timeout("2026-11-22T08:00:01.000Z", "b")
        + &timeout("2026-11-22T08:00:03.000Z", "c");
    let errors = of_text(&text);
    let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    assert_eq!(errors.groups[0].first_seen, time("2026-11-22T08:00:01Z"));
    assert_eq!(errors.groups[0].last_seen, time("2026-11-22T08:00:03Z"));
    let mut grouping = Grouping::new(Options { since: time("2026-11-22T08:00:02Z"), ..Options::default() });
    let mut reader = Reader::new(&mut grouping);
    reader.read(text.as_bytes(), &mut grouping).unwrap();
    reader.end(&mut grouping).unwrap();
    assert_eq!(grouping.finish().groups[0].count, 2);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_reported() {
    let timeout = format!("2026-11-22T08:00:01.000Z {ID} Task timed out after 1.00 seconds\n");
    let told = |bytes: &[u8]| {
        let errors = of_pieces(bytes.chunks(100_000));
        let gaps: Vec<String> = errors.not_read.iter().map(|gap| gap.what.clone()).collect();
        (errors.groups.len(), gaps.join(", "))
    };
    let long = [b"x".repeat(10_000_000), b"\n".to_vec(), timeout.clone().into_bytes()].concat();
    assert_eq!(told(&long), (1, "1 line".to_owned()));
    let junk: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let (groups, gaps) = told(&[junk, b"\n".to_vec(), timeout.clone().into_bytes()].concat());
    assert!(groups == 1 && gaps.ends_with("lines"), "{gaps}");
    // An error that is longer than what is read is still one.
    let error = format!(
        "2026-11-22T08:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"E\",\"errorMessage\":\"{}",
        "x".repeat(2_000_000)
    );
    assert_eq!(told(error.as_bytes()), (1, "1 line".to_owned()));
    let event = format!(r#"{{"timestamp":1,"message":"{}"}}"#, timeout.trim_end());
    let cut = format!(r#"{{"events":[{event},{{"timestamp":2,"mess"#);
    assert_eq!(told(cut.as_bytes()), (1, "1 event, 1 document".to_owned()));
    let strange = format!(r#"{{"events":[{event},{{"timestamp":2}},{{"message":7}}]}}"#);
    assert_eq!(told(strange.as_bytes()), (1, "2 events".to_owned()));
    let dropped = r#"{"time":"2026-11-22T08:00:00.300Z","type":"platform.logsDropped","record":{"reason":"slow","droppedRecords":12,"droppedBytes":9}}"#;
    assert_eq!(told(dropped.as_bytes()), (0, "12 lines".to_owned()));
    assert_eq!(told(b""), (0, String::new()));
}

#[test]
fn what_is_no_log_is_refused() {
    let read = |bytes: &[u8]| {
        let mut grouping = Grouping::new(Options::default());
        let mut reader = Reader::new(&mut grouping);
        reader.read(bytes, &mut grouping)?;
        reader.end(&mut grouping)
    };
    for (bytes, expected) in [
        (&[0x1f, 0x8b, 8, 0][..], Err(Unreadable::Compressed)),
        (b"\xff\xfeS\0T\0", Err(Unreadable::Utf16)),
        (b"\xfe\xff\0S\0T", Err(Unreadable::Utf16)),
        (b"timestamp,message\n1791633600000,\"START\"\n", Err(Unreadable::Table)),
        (b"\xef\xbb\xbf@timestamp,@message,@logStream,@log\r\n", Err(Unreadable::Table)),
        (b"timestamp and message, as they are\n", Ok(())),
        (b"order,message: hello\n", Ok(())),
    ] {
        assert_eq!(read(bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut grouping = Grouping::new(Options::default());
    for at in 0..6000_u32 {
        let stream = format!("s{at}");
        let name: String = at.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        let request = format!("{at:08x}-95b1-4643-9700-2807f4e68189");
        let message = format!(
            "2026-11-22T08:00:00.000Z\t{request}\tERROR\tInvoke Error \t{{\"errorType\":\"E{name}\",\"errorMessage\":\"x\",\"stack\":[\"{}\"]}}",
            "y".repeat(400)
        );
        grouping.event(&Event { log_stream: Some(&stream), message: message.as_bytes(), ..Event::default() });
        assert!(grouping.streams.len() <= Grouping::MOST_STREAMS && grouping.names.len() <= Grouping::MOST_STREAMS);
    }
    let errors = grouping.finish();
    let counted: u64 = errors.groups.iter().map(|group| group.count).sum();
    assert_eq!((errors.groups.len(), counted), (Groups::MOST, 2000));
    assert_eq!(errors.not_read.iter().map(|gap| gap.what.as_str()).collect::<Vec<_>>(), ["4000 failures"]);
}

#[test]
fn a_sample_shows_no_secret() {
    let text = format!(
        "2026-11-22T08:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"Error\",\"errorMessage\":\"no user ada@example.com at postgres://me:hunter2@db/x with Bearer abcdefghijkl, card 4111 1111 1111 1111\",\"stack\":[\"Error\"]}}"
    );
    let errors = of_text(&text);
    let shown = serde_json::to_string(&errors).unwrap();
    for secret in ["ada@", "hunter2", "abcdefghijkl", "4111"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(
        errors.groups[0].message,
        "no user <email> at postgres://<redacted>@db/x with Bearer <redacted>, card <card>"
    );
}

#[test]
fn a_private_key_in_one_line_is_in_neither_message_nor_sample() {
    let errors = of_text(
        "[ERROR] ValueError: cannot read -----BEGIN PRIVATE KEY-----\\nMIIEow\\n-----END PRIVATE KEY-----\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler",
    );
    let group = &errors.groups[0];
    assert_eq!(group.message, "cannot read <redacted>");
    assert_eq!(
        group.sample.lines,
        [
            "[ERROR] ValueError: cannot read <redacted>",
            "Traceback (most recent call last):",
            "  File \"/var/task/app.py\", line 6, in handler"
        ]
    );
}

#[test]
fn what_is_no_utf_8_is_read_with_a_mark_and_named_once_for_each_line() {
    for (log, expected) in [
        (
            &b"[ERROR] KeyError: caf\xe9\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler"[..],
            "exception KeyError: caf\u{fffd}",
        ),
        (
            b"(79b4f56e-95b1-4643-9700-2807f4e68189) Lambda execution failed with status 200 due to customer function error: caf\xe9. Lambda request id: 00000000-95b1-4643-9700-2807f4e68189",
            "exception : caf\u{fffd}",
        ),
        (
            b"RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Error: Runtime exited with error: caf\xe9",
            "exit Runtime.ExitError: Runtime exited with error: caf\u{fffd}",
        ),
        (
            b"EXTENSION\tName: caf\xe9\tState: LaunchError\tEvents: []\tError Type: PermissionDenied",
            "extension PermissionDenied: Name: caf\u{fffd}, State: LaunchError",
        ),
        (b"panic: caf\xe9\ngoroutine 1 [running]:", "panic : caf\u{fffd}"),
    ] {
        let errors = of_pieces([log]);
        assert_eq!((shown(&errors), errors.not_read[0].what.as_str()), (vec![expected.to_owned()], "1 line"));
    }
    let errors = of_events([Event { message: b"\xff\n\xff\r\xff", ..Event::default() }]);
    assert_eq!((errors.lines_read, errors.not_read[0].what.as_str()), (1, "1 line"));
}

#[test]
fn lines_are_assigned_to_what_they_tell() {
    let printed =
        "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler";
    let text = format!(
        "START RequestId: {ID} Version: 1\n[ERROR]\t2026-11-22T08:00:00.000Z\t{ID}\tno order 17\n[INFO]\t2026-11-22T08:00:00.000Z\t{ID}\tfine\n{printed}\nREPORT RequestId: {ID}\tDuration: 3.01 ms\tStatus: error\tError Type: KeyError\n[ERROR]\t2026-11-22T08:00:00.000Z\t{ID}\tno order 18"
    );
    let mut grouping = Grouping::new(Options { assigns: true, ..Options::default() });
    let mut reader = Reader::new(&mut grouping);
    reader.read(text.as_bytes(), &mut grouping).unwrap();
    reader.end(&mut grouping).unwrap();
    grouping.end();
    let mut assignments = grouping.assignments();
    assignments.sort();
    let lines: Vec<u64> = assignments.iter().map(|assignment| assignment.line).collect();
    assert_eq!(lines, [2, 4, 7, 8]);
    let fingerprint = &grouping.finish().groups[0].fingerprint;
    assert_eq!([&assignments[1].fingerprint, &assignments[2].fingerprint], [fingerprint, fingerprint]);
    assert_eq!(assignments[0].fingerprint, assignments[3].fingerprint);
}
