package org.sbertspark.inference;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A zip archive of uncompressed entries, the same bytes for the same contents: what libtorch reads,
 * and what a bundle is. Checks what it writes against the sizes and checksums given.
 */
final class StoredZip implements AutoCloseable {
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);
  private static final int BUFFER_BYTES = 1 << 20;

  private final ZipOutputStream zip;

  StoredZip(Path file) throws IOException {
    zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES));
    zip.setMethod(ZipOutputStream.STORED);
  }

  /** Something that can be written twice with the same result. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  void add(String name, byte[] content) throws IOException {
    add(name, content.length, out -> out.write(content));
  }

  /** Runs the content twice: a stored entry's checksum stands before its bytes. */
  void add(String name, long sizeBytes, Content content) throws IOException {
    CRC32 crc = new CRC32();
    content.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), crc));
    add(name, sizeBytes, crc.getValue(), content);
  }

  /** Copies an entry of another archive; fails if its bytes do not fit its checksum. */
  void copy(String name, ZipEntry entry, InputStream from) throws IOException {
    add(name, entry.getSize(), entry.getCrc(), from::transferTo);
  }

  private void add(String name, long sizeBytes, long crc, Content content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(NO_TIME);
    entry.setSize(sizeBytes);
    entry.setCompressedSize(sizeBytes);
    entry.setCrc(crc);
    zip.putNextEntry(entry);
    content.writeTo(zip);
    zip.closeEntry();
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
