//! Variables of the environment that count before what a profile says.

use super::Finding;
use crate::profile::{Field, Flags, Origin, Settings, Store};

pub(super) fn check(store: &Store, name: &str) -> Vec<Finding> {
    const CHECK: &str = "environment";
    let Ok(settings) = Settings::load(Flags::default(), Some(name), store) else { return Vec::new() };
    let Some(profile) = settings.profile() else { return Vec::new() };
    let fields = profile.fields.keys().filter_map(|key| Field::of_key(key));
    fields
        .filter_map(|field| match settings.get(field) {
            Ok(Some(setting)) => match setting.origin {
                Origin::Environment(variable) => Some((field, variable)),
                _ => None,
            },
            _ => None,
        })
        .map(|(field, variable)| {
            let next = if variable.starts_with("JETON_") {
                format!("unset {variable}, if the profile is meant")
            } else {
                format!("unset {variable}, or leave such variables out: jeton profile edit {name} --ignore-env")
            };
            Finding::warning(CHECK, format!("{variable} overrides {} of the profile {name:?}", field.key()), next)
        })
        .collect()
}
