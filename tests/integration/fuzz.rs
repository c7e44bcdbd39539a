//! Requests in every form, changed at random: whatever is pasted, reading it ends, soon, and in a value or an error that
//! shows no secret. `STAGECHECK_FUZZ_SECONDS=3600 cargo test -p tests fuzz -- --nocapture` runs for an hour.

use std::time::{Duration, Instant};

use engine::exchange::authorization::{Authorization, Credentials};
use engine::exchange::host::Host;
use engine::exchange::url::Url;
use engine::exchange::{Exchange, curl, har, json, message, postman, read, read_response};
use tests::random::Random;
use tests::{read as file, root};

/// What stands in a text that no error and no note may show.
const SECRET: &str = "S3CR3T-V4LUE";

/// Marks that the readers look at.
const MARKS: [&str; 44] = [
    "'",
    "\"",
    "\\",
    "\\\n",
    "^",
    "^\n",
    "^\"",
    "$'",
    "$",
    "${",
    "`",
    "\n",
    "\r\n",
    " ",
    "\t",
    "&",
    "|",
    ";",
    "<",
    ">",
    "=",
    ":",
    "//",
    "?",
    "#",
    "@",
    "%",
    "%7B",
    "{",
    "}",
    "[",
    "]",
    "{{",
    "}}",
    "-",
    "--",
    "—",
    "“",
    "”",
    "\u{feff}",
    "\0",
    "é",
    "HTTP/1.1 ",
    "vpce-",
];

fn corpus() -> Vec<String> {
    let folder = std::fs::read_dir(root().join("tests/corpus")).unwrap();
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.iter().map(|name| file(&format!("tests/corpus/{name}"))).collect()
}

/// A text with some of its parts cut out, doubled, exchanged or replaced.
fn changed(random: &mut Random, corpus: &[String]) -> String {
    let mut text: Vec<char> = random.pick(corpus).chars().collect();
    for _ in 0..=random.below(12) {
        let at = random.below(text.len() + 1);
        let end = (at + random.below(40)).min(text.len());
        match random.below(8) {
            0 => drop(text.drain(at..end)),
            1 => text.truncate(at.max(1)),
            2 => drop(text.splice(at..at, random.pick(&MARKS).chars())),
            3 => drop(text.splice(at..end.min(at + 1), random.pick(&MARKS).chars())),
            4 => {
                let part: Vec<char> = text[at..end].to_vec();
                let count = 1 + random.below(20);
                drop(text.splice(at..at, part.repeat(count)));
            }
            5 => {
                let other: Vec<char> = random.pick(corpus).chars().collect();
                let from = random.below(other.len());
                let to = (from + random.below(200)).min(other.len());
                drop(text.splice(at..end, other[from..to].to_vec()));
            }
            6 => drop(text.splice(at..end, char::from_u32(u32::try_from(random.below(0x11_0000)).unwrap()))),
            _ => drop(text.splice(at..at, SECRET.chars())),
        }
    }
    text.into_iter().collect()
}

/// Looks at everything that an exchange tells.
fn look(exchange: &Exchange) {
    let request = &exchange.request;
    let _ = (request.host().word(), request.host().region().map(str::len), Host::of(&request.url.path));
    let _ = (request.url.segments(), request.url.placeholders(), Credentials::of(request));
    for authorization in Authorization::all(request) {
        if let Authorization::SigV4(signature) | Authorization::Presigned(signature) = authorization {
            let _ = signature.timestamp();
        }
    }
    if let Some(response) = &exchange.response {
        let _ = (response.date(), response.json());
    }
    // What is printed for debugging holds the URL up to its query, and no value.
    let (url, method) = (request.url.without_query(), format!("{:?}", request.method));
    let shown = format!("{exchange:?}").replacen(&method, "", 1).replacen(&url, "", 1);
    assert!(!shown.contains(SECRET), "{shown}");
}

/// Every reader on one text.
fn read_all(text: &str) {
    let mut notes = Vec::new();
    let mut keep = |reading: engine::exchange::Reading| {
        look(&reading.exchange);
        notes.extend(reading.notes);
    };
    for entry in [None, Some(1), Some(2)] {
        let _ = read(text, entry).map(&mut keep);
    }
    let _ = curl::read(text).map(&mut keep);
    let _ = har::read(text, None).map(&mut keep);
    let _ = postman::read(text, None).map(&mut keep);
    let _ = message::read(text).map(&mut keep);
    let _ = json::read_request(text);
    let _ = read_response(text);
    let _ = message::read_response(text);
    for word in text.split_whitespace().take(20) {
        let _ = Url::parse(word);
    }
    // A name of an option or of a variable may be shown; a value may not.
    for note in notes {
        assert!(!note.contains('\n'), "{note}");
    }
}

/// How long reading a text takes. A slow one is read again: the machine may have had other work.
fn quickest(text: &str) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let before = Instant::now();
        read_all(text);
        best = best.min(before.elapsed());
        if best < Duration::from_millis(500) {
            break;
        }
    }
    best
}

#[test]
fn no_text_stops_a_reader() {
    let corpus = corpus();
    for text in &corpus {
        read_all(text);
    }
    let seconds =
        std::env::var("STAGECHECK_FUZZ_SECONDS").ok().map(|text| text.parse::<u64>().expect("a number of seconds"));
    let began = Instant::now();
    let mut count = 0_u64;
    let mut slowest = Duration::ZERO;
    loop {
        let is_over = match seconds {
            Some(seconds) => began.elapsed() >= Duration::from_secs(seconds),
            None => count >= 2_000,
        };
        if is_over {
            break;
        }
        let mut random = Random::new(count);
        let text = changed(&mut random, &corpus);
        let outcome = std::panic::catch_unwind(|| quickest(&text));
        let Ok(took) = outcome else { panic!("seed {count} panicked on {text:?}") };
        assert!(took < Duration::from_secs(2), "seed {count} took {took:?} on {} bytes", text.len());
        slowest = slowest.max(took);
        count += 1;
    }
    eprintln!("{count} texts in {:?}, the slowest in {slowest:?}", began.elapsed());
}

#[test]
fn time_grows_with_the_length_and_no_faster() {
    let parts = [
        "\\ ",
        "'",
        "$'\\x",
        "\"$",
        "^\n\n",
        "<< ",
        "HTTP/1.1 100 a\n\n",
        "> GET / HTTP/1.1\n",
        "{{",
        "${a",
        "-X",
        "--",
        "a=1&",
        "Credential=",
        "Bearer ",
        "[",
        "{\"item\":[",
        "\u{feff}",
        "“",
        "%7B/",
    ];
    for part in parts {
        for start in [
            "curl ",
            "GET / HTTP/1.1\nHost: a.b\n\n",
            "HTTP/1.1 100 a\n\n",
            "https://a.b/",
            "{\"item\":[{\"request\":\"",
            "",
        ] {
            let text = format!("{start}{}", part.repeat(4_000));
            let took = quickest(&text);
            assert!(took < Duration::from_secs(2), "{start:?} {part:?} took {took:?}");
        }
    }
}
