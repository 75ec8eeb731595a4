use super::*;
use axum::Router;
use axum::http::header;
use axum::routing::get;
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

async fn ask(client: &Client, url: &str) -> Result<reqwest::Response, OutboundError> {
    client.get(url).send().await.map_err(OutboundError::from)
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

#[test]
fn a_url_that_cannot_be_used_says_what_to_write() {
    for (text, said) in [
        ("images", "write `https://HOST`"),
        ("http://", "write `https://HOST`"),
        ("ftp://host/", "neither `http:`"),
        ("https://user:hidden@host/", "`password`"),
        ("https://user@host/", "`username`"),
        ("https://host/?a=b", "after `?`"),
        ("http://169.254.169.254/", "link-local"),
        ("http://2852039166/", "link-local"),
        ("http://0xA9.0xFE.1/", "link-local"),
        ("http://[::ffff:169.254.169.254]/", "link-local"),
        ("http://[64:ff9b::a9fe:a9fe]/", "link-local"),
        ("http://[fe80::1]/", "link-local"),
        ("http://[fd00:ec2::254]/", "metadata"),
        ("http://100.100.100.200/", "metadata"),
        ("http://0.0.0.0:5984/", "unspecified"),
        ("http://0.1.2.3/", "unspecified"),
        ("http://[::]/", "unspecified"),
        ("http://224.0.0.1/", "multicast"),
        ("http://255.255.255.255/", "multicast"),
        ("http://239.0.0.1/", "multicast"),
        ("http://[ff02::1]/", "multicast"),
        ("http://[fd20:ce::254]/", "metadata"),
    ] {
        let error = url(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
        assert!(!error.contains("hidden"), "{text}: {error}");
    }
    for good in [
        "http://127.0.0.1:5984",
        "https://[::1]/db",
        "http://10.0.0.7/",
        "http://[2001:db8::1]/",
        "http://[64:ff9b::5db8:d822]/",
        "https://host.example/a",
    ] {
        url(good).unwrap();
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_refused_address_is_refused_at_connect() {
    // Names for this machine exist everywhere; one for a refused address is played by the resolver's own rule.
    let name = |text: &str| text.parse::<reqwest::dns::Name>().unwrap();
    use reqwest::dns::Resolve as _;
    let refused = address::Resolver.resolve(name("0.0.0.0")).await;
    let error = refused.err().expect("it is refused").to_string();
    assert!(error.contains("unspecified"), "{error}");
    let allowed = address::Resolver.resolve(name("localhost")).await.unwrap();
    assert!(allowed.count() > 0);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_named() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // The client hangs up: that is what it should do.
            drop(acceptor.accept(socket).await);
        }
    });
    let error = ask(&client(HeaderMap::new()), &format!("https://localhost:{port}/")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, OutboundError::Certificate { .. }), "{error:?}");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    assert!(!error.retry());
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let page = get(async || (axum::http::StatusCode::FOUND, [(header::LOCATION, "/other")]));
    let address = serve(Router::new().route("/", page)).await;
    let answer = ask(&client(HeaderMap::new()), &format!("http://{address}/"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
}

#[tokio::test]
async fn an_answer_is_json_or_a_named_error_with_its_first_words() {
    let html = async || {
        (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            "<h1>Bad\n  gateway</h1>",
        )
    };
    let long = async || {
        (
            [(header::CONTENT_TYPE, "application/json")],
            "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]",
        )
    };
    let plain = async || "{\"ok\":true}";
    let router = Router::new()
        .route("/html", get(html))
        .route("/long", get(long))
        .route("/text", get(async || "not found"))
        .route("/plain", get(plain));
    let address = serve(router).await;
    let client = client(HeaderMap::new());
    let read = async |path: &str| {
        let answer = ask(&client, &format!("http://{address}{path}")).await.unwrap();
        json(answer, 30).await.map_err(|error| error.to_string())
    };
    assert_eq!(
        read("/html").await.unwrap_err(),
        "it answered 200 with `text/html`, which is no JSON: \"<h1>Bad gateway</h1>\""
    );
    assert!(read("/text").await.unwrap_err().contains("\"not found\""));
    assert_eq!(
        read("/long").await.unwrap_err(),
        "its answer has more than 30 bytes"
    );
    assert_eq!(read("/plain").await.unwrap()["ok"], true);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_hangs_up_is_named_and_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.shutdown().await.unwrap();
    });
    let client = client(HeaderMap::new());
    for _ in 0..2 {
        let error = ask(&client, &format!("http://{address}/")).await.unwrap_err();
        assert!(matches!(error, OutboundError::Network { .. }), "{error:?}");
        assert!(error.retry());
    }
}
