//! What Databricks tells of a token: everything but its value.

use serde_json::Value;

use crate::error::{Result, clean};

/// A token in a list. Times are seconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// `token_id`.
    pub id: String,
    /// As it stands there, with jeton's mark.
    pub comment: String,
    /// When it was made.
    pub created_at: Option<u64>,
    /// When it dies; `None` for one that does not.
    pub expires_at: Option<u64>,
    /// Who made it, where an admin asked.
    pub created_by: Option<String>,
    /// The number of whom it belongs to, where an admin asked.
    pub owner_id: Option<u64>,
    /// When it was last used, to the day, where an admin asked.
    pub last_used: Option<u64>,
}

impl Info {
    /// Reads a `token_info`. Times come in milliseconds, -1 for never (docs.databricks.com/api, `token/list`).
    ///
    /// # Errors
    /// Network: there is no id in it.
    pub(super) fn read(value: &Value) -> Result<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(clean);
        let number = |name: &str| {
            let value = value.get(name)?;
            value.as_i64().or_else(|| value.as_str()?.parse().ok()).and_then(|number| u64::try_from(number).ok())
        };
        let seconds = |name: &str| number(name).filter(|ms| *ms > 0).map(|ms| ms / 1000);
        Ok(Self {
            id: clean(crate::databricks::api::text(value, "token_id", "a token")?),
            comment: text("comment").unwrap_or_default(),
            created_at: seconds("creation_time"),
            expires_at: seconds("expiry_time"),
            created_by: text("created_by_username"),
            owner_id: number("owner_id"),
            last_used: seconds("last_used_day"),
        })
    }

    /// Whether it is dead at `now`.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether somebody who means `comment` means this one: with the mark or without.
    #[must_use]
    pub fn has_comment(&self, comment: &str) -> bool {
        self.comment == comment || super::unmarked(&self.comment) == comment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_milliseconds_and_never_is_minus_one() {
        let info =
            Info::read(&json!({"token_id": "a", "creation_time": 5000, "expiry_time": -1, "comment": "x\u{1b}[2J"}));
        let info = info.unwrap();
        assert_eq!((info.created_at, info.expires_at, info.comment.as_str()), (Some(5), None, "x [2J"));
        assert_eq!(Info::read(&json!({"token_id": "a", "expiry_time": "7000"})).unwrap().expires_at, Some(7));
        assert!(Info::read(&json!({"comment": "x"})).is_err());
    }
}
