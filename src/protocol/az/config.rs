//! az's own settings, as far as they change how it prints.

/// `output` in the section `core` of az's file `config` (INI, as Python's configparser reads it).
#[must_use]
pub fn output_in(config: &str) -> Option<String> {
    let mut in_core = false;
    let mut found = None;
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            in_core = section == "core";
        } else if in_core
            && let Some((name, value)) = line.split_once(['=', ':'])
            && name.trim().eq_ignore_ascii_case("output")
        {
            found = Some(value.trim().to_owned());
        }
    }
    found.filter(|output| !output.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_found_in_its_section() {
        assert_eq!(
            output_in("[cloud]\noutput = x\n[core]\ncollect = no\n output = table\n[a]\noutput=y").unwrap(),
            "table"
        );
        assert_eq!(output_in("[core]\r\nOutput: tsv\r\n").unwrap(), "tsv");
        assert_eq!(output_in("[core]\n#output = tsv\noutput =\n"), None);
        assert_eq!(output_in(""), None);
    }
}
