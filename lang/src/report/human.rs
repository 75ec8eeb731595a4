//! Findings for people: miette with source excerpts.
