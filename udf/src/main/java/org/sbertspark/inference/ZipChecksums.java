package org.sbertspark.inference;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The CRC-32 that a zip has of each entry, against what the entry holds: Java checks it for
 * compressed entries only. Finds what disks and broken copies do, not what an attacker does. Reads
 * the whole file.
 */
final class ZipChecksums {
  private ZipChecksums() {}

  /** Whether this file is there and as it was written. */
  static boolean hold(Path zip) throws IOException {
    if (!Files.isRegularFile(zip)) {
      return false;
    }
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : file.stream().toList()) {
        CRC32 crc = new CRC32();
        long size;
        try (InputStream in = new CheckedInputStream(file.getInputStream(entry), crc)) {
          size = in.transferTo(OutputStream.nullOutputStream());
        }
        if (size != entry.getSize() || crc.getValue() != entry.getCrc()) {
          return false;
        }
      }
      return true;
    } catch (ZipException | java.io.EOFException | IllegalArgumentException e) {
      return false;
    }
  }
}
