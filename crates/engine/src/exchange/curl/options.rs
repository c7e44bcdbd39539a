//! Which options curl has, and which of them take a value: `curl --help all`.

use std::collections::BTreeMap;

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

/// The options that are known, for one command.
pub(super) struct Options {
    /// The names in their order, and whether each takes a value.
    names: Vec<(&'static str, bool)>,
    /// The name that a letter stands for.
    letters: BTreeMap<char, &'static str>,
}

impl Options {
    pub(super) fn known() -> Options {
        let (mut names, mut letters) = (Vec::new(), BTreeMap::new());
        for (table, takes) in [(WITH_VALUE, true), (FLAGS, false)] {
            for (letter, name) in table.split_whitespace().filter_map(|entry| entry.split_once('/')) {
                names.push((name, takes));
                letters.extend(letter.chars().map(|letter| (letter, name)));
            }
        }
        names.sort_unstable();
        Options { names, letters }
    }

    /// What a word that begins with a hyphen says; `next` is the word after it.
    pub(super) fn split(&self, word: &str, next: Option<&str>) -> Vec<Found> {
        match word.strip_prefix("--") {
            Some(long) => vec![self.split_long(long, next)],
            None => self.split_short(word.strip_prefix('-').unwrap_or(word)),
        }
    }

    fn split_long(&self, written: &str, next: Option<&str>) -> Found {
        let (name, value) = match written.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (written, None),
        };
        match (self.named(name), value) {
            (Some((own, true)), Some(value)) => Found::With(own, value),
            (Some((own, true)), None) => Found::WithNext(own),
            (Some((own, false)), _) => Found::Flag(own),
            // `--no-silent` turns a flag off, which is then as if it had not been given.
            (None, _) if name.strip_prefix("no-").is_some_and(|positive| self.named(positive).is_some()) => {
                Found::Flag("")
            }
            (None, value) => {
                let takes_next = value.is_none() && next.is_some_and(|next| !next.starts_with('-') && !is_url(next));
                Found::Unknown { name: format!("--{}", shown(name)), takes_next }
            }
        }
    }

    /// An option by its name, or by the beginning of it, where no other option's name begins so; and whether it takes a
    /// value.
    fn named(&self, name: &str) -> Option<(&'static str, bool)> {
        if name.is_empty() {
            return None;
        }
        let first = self.names.partition_point(|(own, _)| *own < name);
        let mut found = self.names.iter().skip(first).take_while(|(own, _)| own.starts_with(name));
        let option = found.next()?;
        (option.0 == name || found.next().is_none()).then_some(*option)
    }

    /// Letters may stand together; what follows one that takes a value is its value.
    fn split_short(&self, letters: &str) -> Vec<Found> {
        let mut found = Vec::new();
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let named = self.letters.get(&letter).and_then(|name| self.named(name));
            match named {
                Some((name, false)) => found.push(Found::Flag(name)),
                Some((name, true)) => {
                    let value = rest.as_str();
                    found.push(if value.is_empty() {
                        Found::WithNext(name)
                    } else {
                        Found::With(name, value.to_owned())
                    });
                    break;
                }
                // What follows a letter that is not known may be its value, and no options.
                None => {
                    found.push(Found::Unknown {
                        name: format!("-{}", shown(letter.encode_utf8(&mut [0; 4]))),
                        takes_next: false,
                    });
                    break;
                }
            }
        }
        found
    }
}

fn is_url(word: &str) -> bool {
    word.contains("://") || Url::parse(word).is_ok_and(|url| Host::of(&url.host) != Host::Other)
}

/// The name of an option, as far as it can be one.
fn shown(name: &str) -> String {
    name.chars().take_while(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).take(40).collect()
}
