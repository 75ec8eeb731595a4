use super::{Packing, unpack};
use crate::artifacts::{ArtifactError, tree};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use std::path::Path;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// A zip archive with these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        archive.start_file(*path, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A tar archive with these files; the paths are written as they are, as no honest program would.
fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A tar archive with one entry of a kind that is no file.
fn link(kind: tar::EntryType) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(0);
    archive
        .append_link(&mut header, "model.bin", "/etc/passwd")
        .unwrap();
    archive.into_inner().unwrap()
}

/// Unpacks into a folder of its own below a fresh one; what is in it.
fn unpacked(bytes: &[u8], packing: Packing, max: u64) -> Result<Vec<(String, u64)>, ArtifactError> {
    let home = TempDir::new().unwrap();
    let (file, into) = (home.path().join("file"), home.path().join("deep/into"));
    std::fs::write(&file, bytes).unwrap();
    std::fs::create_dir_all(&into).unwrap();
    let done = unpack(std::fs::File::open(&file).unwrap(), packing, &into, max);
    let beside: Vec<_> = tree::scan(home.path()).unwrap().into_keys().collect();
    let outside = beside.iter().filter(|path| !path.starts_with("deep/into/"));
    assert_eq!(
        outside.collect::<Vec<_>>(),
        ["file"],
        "nothing is written anywhere else"
    );
    assert!(!Path::new("/tmp/evil.py").exists());
    done.map(|()| tree::scan(&into).unwrap().into_iter().collect())
}

#[test]
fn each_kind_of_archive_comes_out_as_its_folder() {
    let files: &[(&str, &[u8])] = &[("weights/a.bin", b"12345"), ("labels.json", b"[]")];
    let whole = [("labels.json".to_owned(), 2), ("weights/a.bin".to_owned(), 5)];
    assert_eq!(unpacked(&zipped(files), Packing::Zip, 7).unwrap(), whole);
    assert_eq!(unpacked(&tarred(files), Packing::Tar, 7).unwrap(), whole);
    assert_eq!(
        unpacked(&gzipped(&tarred(files)), Packing::TarGzip, 7).unwrap(),
        whole
    );
    let dotted: &[(&str, &[u8])] = &[("./weights/a.bin", b"12345"), ("./labels.json", b"[]")];
    assert_eq!(unpacked(&tarred(dotted), Packing::Tar, 7).unwrap(), whole);
    assert_eq!(
        unpacked(b"abc", Packing::Plain, 7).unwrap(),
        [("model".to_owned(), 3)]
    );
}

#[test]
fn what_is_no_sound_archive_is_refused_in_words() {
    let check = |bytes: &[u8], packing, says: &str| {
        let error = unpacked(bytes, packing, 100).unwrap_err();
        let refused = matches!(
            error,
            ArtifactError::Refused { .. } | ArtifactError::Archive { .. }
        );
        assert!(refused, "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    };
    let noise: Vec<u8> = (0..2048_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 | 1)
        .collect();
    check(&noise, Packing::Zip, "it is not a zip archive");
    check(&noise, Packing::Tar, "it is not a tar archive");
    check(&noise, Packing::TarGzip, "it is not a tar archive in gzip");
    check(b"", Packing::Zip, "it is not a zip archive");
    check(b"", Packing::Tar, "no file is in it");
    check(&zipped(&[]), Packing::Zip, "no file is in it");
    let half = zipped(&[("a", b"12345")]);
    check(&half[..half.len() / 2], Packing::Zip, "it is not a zip archive");
    let half = gzipped(&tarred(&[("a", &noise[..90])]));
    check(
        &half[..half.len() / 2],
        Packing::TarGzip,
        "it is not a tar archive in gzip",
    );
    check(
        &tarred(&[("a", b"1"), ("a", b"2")]),
        Packing::Tar,
        "`a` is refused: it is in the archive twice",
    );
    check(
        &tarred(&[("a", b"1"), ("a/b", b"2")]),
        Packing::Tar,
        "`a/b` is refused: it is in the archive twice",
    );
    check(
        &link(tar::EntryType::Symlink),
        Packing::Tar,
        "it is no plain file",
    );
    check(&link(tar::EntryType::Link), Packing::Tar, "it is no plain file");
}

#[test]
fn no_path_leads_out_of_the_folder() {
    for path in [
        "../evil.py",
        "a/../../evil.py",
        "/tmp/evil.py",
        "a\\..\\evil.py",
        "c:evil.py",
        "./../evil.py",
    ] {
        for (bytes, packing) in [
            (tarred(&[(path, b"1")]), Packing::Tar),
            (zipped(&[(path, b"1")]), Packing::Zip),
        ] {
            let error = unpacked(&bytes, packing, 100).unwrap_err();
            assert!(
                matches!(error, ArtifactError::Refused { .. }),
                "{path}: {error:?}"
            );
        }
    }
}

#[test]
fn what_unfolds_to_more_than_is_allowed_is_stopped_there() {
    let zeros = vec![0; 10 << 20];
    for (bytes, packing) in [
        (zipped(&[("a", &[1; 1000]), ("b", &zeros)]), Packing::Zip),
        (gzipped(&tarred(&[("b", &zeros)])), Packing::TarGzip),
        (zeros.clone(), Packing::Plain),
    ] {
        let error = unpacked(&bytes, packing, 1 << 20).unwrap_err();
        let ArtifactError::TooLarge { size, max, .. } = error else {
            panic!("{error:?}");
        };
        assert!(size < 2 << 20 && max == 1 << 20, "{size}");
    }
}
