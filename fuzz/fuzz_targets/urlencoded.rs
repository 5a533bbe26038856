//! Urlencoded forms, compared with the lossy reading of the same body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use native_types::form::{Limits, Parsed, parse};

fuzz_target!(|data: &[u8]| {
    let body = Bytes::copy_from_slice(data);
    let kind = Some(&b"application/x-www-form-urlencoded"[..]);
    let lossy = form_urlencoded::parse(data);
    match parse(&body, kind, &Limits::DEFAULT) {
        Ok(Parsed::Pairs(pairs)) => {
            let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
            let lossy: Vec<_> = lossy.collect();
            let strict = percent_encoding::percent_decode(data);
            assert!(strict.decode_utf8().is_ok());
            assert!(pairs.eq(lossy.iter().map(|(name, value)| (&**name, &**value))));
        }
        Ok(Parsed::Parts(_)) => panic!("the content type says otherwise"),
        Err(refusal) if refusal.status == 400 => {
            let mut lossy = lossy.into_owned();
            assert!(
                lossy.any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}'))
            );
        }
        Err(refusal) => assert_eq!(refusal.status, 413),
    }
});
