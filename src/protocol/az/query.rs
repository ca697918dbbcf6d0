//! The part of JMESPath (jmespath.org, grammar of 2015) that people use with tokens: names, `a.b`, `[a, b]`, `{x: a}`, `@`,
//! `a | b`. Whatever else there is, is left to the real az.

use super::Data;

/// A parsed query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Vec<Step>);

/// One step; each takes the result of the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// `@`
    Current,
    /// `name`, `"name"`
    Field(String),
    /// `[a, b]`
    List(Vec<Query>),
    /// `{x: a, y: b}`
    Object(Vec<(String, Query)>),
}

/// How deep lists and objects may be in each other.
const DEEPEST: usize = 16;

impl Query {
    /// Reads a query; `None` for one that is malformed or has more in it than is known here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text, depth: 0 };
        let query = reader.pipe()?;
        reader.rest.is_empty().then_some(query)
    }

    /// What it finds in `data`.
    #[must_use]
    pub fn search(&self, data: &Data) -> Data {
        let mut found = data.clone();
        for step in &self.0 {
            found = match step {
                Step::Current => found,
                Step::Field(name) => found.field(name),
                // Of nothing, there is nothing to select.
                _ if found == Data::Null => Data::Null,
                Step::List(queries) => Data::List(queries.iter().map(|query| query.search(&found)).collect()),
                Step::Object(queries) => {
                    let fields = queries.iter().map(|(name, query)| (name.clone(), query.search(&found)));
                    Data::Ordered(fields.collect())
                }
            };
        }
        found
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `a | b`
    fn pipe(&mut self) -> Option<Query> {
        let mut query = self.path()?;
        while !self.rest.starts_with("||") && self.take('|') {
            query.0.extend(self.path()?.0);
        }
        Some(query)
    }

    /// `a.b.[c]`
    fn path(&mut self) -> Option<Query> {
        let mut steps = vec![self.step(true)?];
        while self.take('.') {
            steps.push(self.step(false)?);
        }
        self.skip_blanks();
        Some(Query(steps))
    }

    fn step(&mut self, first: bool) -> Option<Step> {
        if first && self.take('@') {
            return Some(Step::Current);
        }
        if self.take('[') {
            return self.items(']', Self::pipe).map(Step::List);
        }
        if self.take('{') {
            let pair = |reader: &mut Self| {
                let name = reader.name()?;
                if !reader.take(':') {
                    return None;
                }
                Some((name, reader.pipe()?))
            };
            return self.items('}', pair).map(Step::Object);
        }
        self.name().map(Step::Field)
    }

    fn items<T>(&mut self, end: char, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut items = vec![item(self)?];
        while self.take(',') {
            items.push(item(self)?);
        }
        self.depth -= 1;
        self.take(end).then_some(items)
    }

    /// A name, with or without quotes. (One with escapes is none of az's fields.)
    fn name(&mut self) -> Option<String> {
        self.skip_blanks();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (name, rest) = quoted.split_once('"')?;
            self.rest = rest;
            return (!name.is_empty() && !name.contains('\\')).then(|| name.to_owned());
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        Some(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn data() -> Data {
        Data::object([("a", Data::Number(1)), ("b-c", Data::text("x")), ("u", Data::object([("n", Data::text("y"))]))])
    }

    #[test]
    fn the_paths_that_people_use_are_found() {
        let (one, x, y) = (Data::Number(1), Data::text("x"), Data::text("y"));
        for (query, found) in [
            ("a", one.clone()),
            (" \"b-c\" ", x.clone()),
            ("@", data()),
            ("@.a", one.clone()),
            ("u.n", y.clone()),
            ("u | n", y.clone()),
            ("nothing", Data::Null),
            ("a.b", Data::Null),
            ("nothing.[a]", Data::Null),
            ("[a, u.n]", Data::List(vec![one.clone(), y.clone()])),
            ("[ a ,nothing]", Data::List(vec![one.clone(), Data::Null])),
            ("u.{z: n}", Data::Ordered(vec![("z".into(), y)])),
            ("{z:\"b-c\", \"a\":a}", Data::Ordered(vec![("z".into(), x), ("a".into(), one)])),
        ] {
            assert_eq!(Query::parse(query).unwrap_or_else(|| panic!("{query}")).search(&data()), found, "{query}");
        }
    }

    #[test]
    fn what_is_more_than_that_is_left_to_others() {
        for query in [
            "",
            "a[0]",
            "a[]",
            "[?a]",
            "length(a)",
            "a || b",
            "a && b",
            "!a",
            "`1`",
            "'x'",
            "*",
            "a.*",
            "a.",
            "[a",
            "a b",
            "[]",
            "{}",
            "{a}",
            "1",
            "-",
            "é",
            "a.@",
            "&a",
            "a == b",
            "[a,]",
        ] {
            assert_eq!(Query::parse(query), None, "{query}");
        }
        assert_eq!(Query::parse(&"[".repeat(10_000)), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in r#"[ a-c\[\]{}:,.|@"\\é]{0,60}"#) {
            if let Some(query) = Query::parse(&text) {
                let _ = query.search(&data());
            }
        }
    }
}
