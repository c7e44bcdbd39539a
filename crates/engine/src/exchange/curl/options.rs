//! Which options curl has, and which of them take a value: `curl --help all`.

use super::super::host::Host;
use super::url::Url;

/// What one word of the command says.
pub(super) enum Found {
    /// An option without a value.
    Flag(&'static str),
    /// An option with its value in the same word.
    With(&'static str, String),
    /// An option whose value is the next word.
    WithNext(&'static str),
    /// An option that curl does not have, as it is written.
    Unknown { name: String, takes_next: bool },
}

/// Options with a value: the letter, if there is one, and the name.
const WITH_VALUE: &str = "/abstract-unix-socket /alt-svc /aws-sigv4 /cacert /capath E/cert /cert-type /ciphers K/config \
    /connect-timeout /connect-to C/continue-at b/cookie c/cookie-jar /create-file-mode /crlfile /curves d/data \
    /data-ascii /data-binary /data-raw /data-urlencode /delegation /dns-interface /dns-ipv4-addr /dns-ipv6-addr \
    /dns-servers /doh-url D/dump-header /ech /egd-file /engine /etag-compare /etag-save /expect100-timeout F/form \
    /form-string /ftp-account /ftp-alternative-to-user /ftp-method P/ftp-port /ftp-ssl-ccc-mode /happy-eyeballs-timeout-ms \
    /haproxy-clientip H/header /hostpubmd5 /hostpubsha256 /hsts /interface /ip-tos /ipfs-gateway /json /keepalive-cnt \
    /keepalive-time /key /key-type /krb /libcurl /limit-rate /local-port /login-options /mail-auth /mail-from /mail-rcpt \
    /max-filesize /max-redirs m/max-time /netrc-file /noproxy /oauth2-bearer o/output /output-dir /parallel-max /pass \
    /pinnedpubkey /preproxy /proto /proto-default /proto-redir x/proxy /proxy-cacert /proxy-capath /proxy-cert \
    /proxy-cert-type /proxy-ciphers /proxy-crlfile /proxy-header /proxy-key /proxy-key-type /proxy-pass \
    /proxy-pinnedpubkey /proxy-service-name /proxy-tls13-ciphers /proxy-tlsauthtype /proxy-tlspassword /proxy-tlsuser \
    U/proxy-user /proxy1.0 /pubkey Q/quote /random-file r/range /rate e/referer X/request /request-target /resolve /retry \
    /retry-delay /retry-max-time /sasl-authzid /service-name /signature-algorithms /socks4 /socks4a /socks5 \
    /socks5-gssapi-service /socks5-hostname Y/speed-limit y/speed-time /stderr t/telnet-option /tftp-blksize z/time-cond \
    /tls-max /tls13-ciphers /tlsauthtype /tlspassword /tlsuser /trace /trace-ascii /trace-config /unix-socket \
    T/upload-file /url /url-query u/user A/user-agent /variable /vlan-priority w/write-out";

/// Options without a value.
const FLAGS: &str = "/anyauth a/append /basic /ca-native /cert-status /compressed /compressed-ssh /create-dirs /crlf /digest \
    q/disable /disable-eprt /disable-epsv /disallow-username-in-url /doh-cert-status /doh-insecure f/fail /fail-early \
    /fail-with-body /false-start /form-escape /ftp-create-dirs /ftp-pasv /ftp-pret /ftp-skip-pasv-ip /ftp-ssl-ccc \
    /ftp-ssl-control G/get g/globoff /haproxy-protocol I/head h/help /http0.9 0/http1.0 /http1.1 /http2 \
    /http2-prior-knowledge /http3 /http3-only /ignore-content-length i/include k/insecure 4/ipv4 6/ipv6 \
    j/junk-session-cookies l/list-only L/location /location-trusted /mail-rcpt-allowfails M/manual /metalink /mptcp \
    /negotiate n/netrc /netrc-optional N/no-buffer /no-progress-meter /ntlm /ntlm-wb Z/parallel /parallel-immediate \
    /path-as-is /post301 /post302 /post303 #/progress-bar /proxy-anyauth /proxy-basic /proxy-ca-native /proxy-digest \
    /proxy-http2 /proxy-insecure /proxy-negotiate /proxy-ntlm /proxy-ssl-allow-beast /proxy-ssl-auto-client-cert \
    /proxy-tlsv1 p/proxytunnel /raw J/remote-header-name O/remote-name /remote-name-all R/remote-time /remove-on-error \
    /retry-all-errors /retry-connrefused /sasl-ir S/show-error s/silent /skip-existing /socks5-basic /socks5-gssapi \
    /socks5-gssapi-nec /ssl /ssl-allow-beast /ssl-auto-client-cert /ssl-no-revoke /ssl-reqd /ssl-revoke-best-effort \
    2/sslv2 3/sslv3 /styled-output /suppress-connect-headers /tcp-fastopen /tcp-nodelay /tftp-no-options /tls-earlydata \
    1/tlsv1 /tlsv1.0 /tlsv1.1 /tlsv1.2 /tlsv1.3 /tr-encoding /trace-ids /trace-time B/use-ascii v/verbose V/version /xattr";

fn table(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.split_whitespace().filter_map(|entry| entry.split_once('/'))
}

/// What a word that begins with a hyphen says; `next` is the word after it.
pub(super) fn split(word: &str, next: Option<&str>) -> Vec<Found> {
    match word.strip_prefix("--") {
        Some(long) => vec![split_long(long, next)],
        None => split_short(word.strip_prefix('-').unwrap_or(word)),
    }
}

fn split_long(written: &str, next: Option<&str>) -> Found {
    let (name, value) = match written.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (written, None),
    };
    if let Some(own) = named(table(WITH_VALUE), name) {
        return value.map_or(Found::WithNext(own), |value| Found::With(own, value));
    }
    if let Some(own) = named(table(FLAGS), name) {
        return Found::Flag(own);
    }
    // `--no-silent` turns a flag off, which is then as if it had not been given.
    if name.strip_prefix("no-").is_some_and(|positive| named(table(FLAGS), positive).is_some()) {
        return Found::Flag("");
    }
    let either = || table(WITH_VALUE).chain(table(FLAGS)).filter(|(_, own)| own.starts_with(name));
    if let (Some((_, own)), 1) = (either().next(), either().count()) {
        // curl takes the beginning of a name for it, where no other name begins so.
        let takes_value = table(WITH_VALUE).any(|(_, other)| other == own);
        return match value {
            Some(value) if takes_value => Found::With(own, value),
            None if takes_value => Found::WithNext(own),
            _ => Found::Flag(own),
        };
    }
    let takes_next = value.is_none() && next.is_some_and(|next| !next.starts_with('-') && !is_url(next));
    Found::Unknown { name: format!("--{}", shown(name)), takes_next }
}

/// Letters may stand together; what follows one that takes a value is its value.
fn split_short(letters: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut rest = letters.chars();
    while let Some(letter) = rest.next() {
        if let Some(name) = lettered(table(WITH_VALUE), letter) {
            let value = rest.as_str();
            found.push(if value.is_empty() { Found::WithNext(name) } else { Found::With(name, value.to_owned()) });
            break;
        }
        found.push(match lettered(table(FLAGS), letter) {
            Some(name) => Found::Flag(name),
            None => Found::Unknown { name: format!("-{letter}"), takes_next: false },
        });
        if matches!(found.last(), Some(Found::Unknown { .. })) {
            // What follows a letter that is not known may be its value, and no options.
            break;
        }
    }
    found
}

fn named(mut table: impl Iterator<Item = (&'static str, &'static str)>, name: &str) -> Option<&'static str> {
    table.find(|(_, own)| *own == name).map(|(_, own)| own)
}

fn lettered(mut table: impl Iterator<Item = (&'static str, &'static str)>, letter: char) -> Option<&'static str> {
    table.find(|(own, _)| own.starts_with(letter)).map(|(_, own)| own)
}

fn is_url(word: &str) -> bool {
    word.contains("://") || Url::parse(word).is_ok_and(|url| Host::of(&url.host) != Host::Other)
}

/// The name of an option, as far as it can be one.
fn shown(name: &str) -> String {
    name.chars().take_while(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).take(40).collect()
}
