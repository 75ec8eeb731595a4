//! `functions = "process"`, or `functions = { platform = "process", limits = { … } }`.

use flow_lang::limits::{Limit, profile, profiles};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use std::collections::BTreeMap;

/// A platform with the limits that its operator has set (milliseconds, bytes).
#[derive(Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(super) struct Functions {
    #[serde(deserialize_with = "platform")]
    pub(super) platform: String,
    #[serde(default, deserialize_with = "limits")]
    pub(super) limits: BTreeMap<String, u64>,
}

impl Default for Functions {
    fn default() -> Functions {
        Functions {
            platform: super::process(),
            limits: BTreeMap::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Functions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Functions, D::Error> {
        from.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Functions;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the name of a platform, or `{ platform = …, limits = { … } }`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Functions, E> {
        Ok(Functions {
            platform: known(name)?,
            limits: BTreeMap::new(),
        })
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Functions, M::Error> {
        Functions::deserialize(MapAccessDeserializer::new(map))
    }
}

fn platform<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    known(&String::deserialize(from)?)
}

fn known<E: Error>(name: &str) -> Result<String, E> {
    match profile(name) {
        Some(profile) => Ok(profile.name.clone()),
        None => {
            let names: Vec<_> = profiles().iter().map(|profile| profile.name.as_str()).collect();
            Err(E::custom(format!(
                "no platform `{name}`; `{}` are known",
                names.join("` and `")
            )))
        }
    }
}

fn limits<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, u64>, D::Error> {
    let limits = BTreeMap::<String, u64>::deserialize(from)?;
    let names = Limit::ALL.map(Limit::name);
    match limits.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(limits),
        Some(name) => Err(D::Error::custom(format!(
            "no limit `{name}`; known are `{}`, in milliseconds or bytes, or how many",
            names.join("`, `")
        ))),
    }
}
