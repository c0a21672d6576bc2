package org.sbertspark.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The table of contents of a zip archive whose entries are stored without compression, so that they
 * can be mapped into memory; {@link java.util.zip.ZipFile} does not say where an entry lies.
 * Archives beyond 4 GiB (zip64) are read too.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the format</a>
 */
final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT_BYTES = 0xffff;
  private static final int END64_LOCATOR = 0x07064b50;
  private static final int END64_LOCATOR_BYTES = 20;
  private static final int END64 = 0x06064b50;
  private static final int END64_BYTES = 56;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int EXTRA_ZIP64 = 1;
  private static final int FLAG_ENCRYPTED = 1;
  private static final long IN_ZIP64 = 0xffff_ffffL;

  /** More than 100,000 entries; a checkpoint has one for each tensor. */
  private static final long MAX_DIRECTORY_BYTES = 16 << 20;

  /** Where an entry's bytes are in the file. */
  record Extent(long offset, long bytes) {}

  private record Entry(long localHeader, long bytes, boolean plain) {}

  private final FileChannel channel;
  private final Path file;
  private final long fileBytes;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private ZipDirectory(FileChannel channel, Path file) throws IOException {
    this.channel = channel;
    this.file = file;
    this.fileBytes = channel.size();
  }

  /**
   * Reads the directory at the end of the file.
   *
   * @param channel must stay open while {@link #extent} is used
   */
  static ZipDirectory read(FileChannel channel, Path file) throws IOException {
    ZipDirectory directory = new ZipDirectory(channel, file);
    directory.readEntries(directory.findDirectory());
    return directory;
  }

  Set<String> names() {
    return entries.keySet();
  }

  /**
   * Where the bytes of this entry are, checked against the file's length.
   *
   * @throws ModelException if there is no such entry or it is compressed
   */
  Extent extent(String name) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw bad("it has no entry " + Untrusted.printable(name) + ": cut off?");
    }
    if (!entry.plain) {
      throw bad(
          "its entry "
              + Untrusted.printable(name)
              + " is compressed or encrypted, expected it plainly stored");
    }
    ByteBuffer header = bytes(entry.localHeader, LOCAL_BYTES);
    if (header.getInt(0) != LOCAL) {
      throw bad("its entry " + Untrusted.printable(name) + " is not where the directory says");
    }
    long offset =
        entry.localHeader + LOCAL_BYTES + unsignedShort(header, 26) + unsignedShort(header, 28);
    if (entry.bytes > fileBytes - offset) {
      throw bad(
          "its entry %s claims %d bytes, the file has %d: cut off?"
              .formatted(Untrusted.printable(name), entry.bytes, fileBytes));
    }
    return new Extent(offset, entry.bytes);
  }

  /** The central directory is found from the record at the end, which a comment may follow. */
  private Extent findDirectory() throws IOException {
    if (fileBytes < END_BYTES) {
      throw bad("it is cut off");
    }
    int tailBytes = (int) Math.min(fileBytes, END_BYTES + MAX_COMMENT_BYTES);
    long tailStart = fileBytes - tailBytes;
    ByteBuffer tail = bytes(tailStart, tailBytes);
    for (int at = tailBytes - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END && at + END_BYTES + unsignedShort(tail, at + 20) == tailBytes) {
        return directory(tail, at, tailStart + at);
      }
    }
    throw bad("it has no directory at its end: cut off?");
  }

  private Extent directory(ByteBuffer tail, int at, long end) throws IOException {
    long bytes = unsignedInt(tail, at + 12);
    long offset = unsignedInt(tail, at + 16);
    if (end >= END64_LOCATOR_BYTES) {
      ByteBuffer locator = bytes(end - END64_LOCATOR_BYTES, END64_LOCATOR_BYTES);
      if (locator.getInt(0) == END64_LOCATOR) {
        ByteBuffer end64 = bytes(locator.getLong(8), END64_BYTES);
        if (end64.getInt(0) != END64) {
          throw bad("its directory is damaged");
        }
        bytes = end64.getLong(40);
        offset = end64.getLong(48);
      }
    }
    if (bytes < 0 || bytes > MAX_DIRECTORY_BYTES) {
      throw bad(
          "its directory claims %s bytes, expected at most %d"
              .formatted(Long.toUnsignedString(bytes), MAX_DIRECTORY_BYTES));
    }
    return new Extent(offset, bytes);
  }

  @SuppressWarnings("ByteBufferBackingArray") // allocated by bytes
  private void readEntries(Extent directory) throws IOException {
    ByteBuffer in = bytes(directory.offset, (int) directory.bytes);
    while (in.remaining() >= CENTRAL_BYTES) {
      int at = in.position();
      int nameBytes = unsignedShort(in, at + 28);
      int extraBytes = unsignedShort(in, at + 30);
      int commentBytes = unsignedShort(in, at + 32);
      int entryBytes = CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
      if (in.getInt(at) != CENTRAL || entryBytes > in.remaining()) {
        throw bad("its directory is damaged");
      }
      String name = new String(in.array(), at + CENTRAL_BYTES, nameBytes, StandardCharsets.UTF_8);
      if (entries.put(name, entry(in, at, at + CENTRAL_BYTES + nameBytes, extraBytes)) != null) {
        throw bad("it holds an entry twice: " + Untrusted.printable(name));
      }
      in.position(at + entryBytes);
    }
  }

  private Entry entry(ByteBuffer in, int at, int extra, int extraBytes) {
    long compressed = unsignedInt(in, at + 20);
    long bytes = unsignedInt(in, at + 24);
    long localHeader = unsignedInt(in, at + 42);
    // The zip64 field holds, in this order, those numbers that did not fit above.
    ByteBuffer wide = zip64(in, extra, extraBytes);
    bytes = bytes == IN_ZIP64 ? nextLong(wide) : bytes;
    compressed = compressed == IN_ZIP64 ? nextLong(wide) : compressed;
    localHeader = localHeader == IN_ZIP64 ? nextLong(wide) : localHeader;
    if (bytes < 0 || localHeader < 0) {
      throw bad("its directory is damaged");
    }
    boolean stored = unsignedShort(in, at + 10) == 0 && compressed == bytes;
    boolean encrypted = (unsignedShort(in, at + 8) & FLAG_ENCRYPTED) != 0;
    return new Entry(localHeader, bytes, stored && !encrypted);
  }

  private static ByteBuffer zip64(ByteBuffer in, int extra, int extraBytes) {
    int end = extra + extraBytes;
    int size;
    for (int at = extra; at + 4 <= end; at += 4 + size) {
      size = unsignedShort(in, at + 2);
      if (unsignedShort(in, at) == EXTRA_ZIP64 && at + 4 + size <= end) {
        return in.slice(at + 4, size).order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    return ByteBuffer.allocate(0);
  }

  private long nextLong(ByteBuffer wide) {
    if (wide.remaining() < Long.BYTES) {
      throw bad("its directory is damaged");
    }
    return wide.getLong();
  }

  /** These bytes of the file, little-endian. */
  private ByteBuffer bytes(long offset, int bytes) throws IOException {
    if (offset < 0 || offset > fileBytes - bytes) {
      throw bad("its directory points beyond the end: cut off?");
    }
    return ChannelBytes.read(channel, offset, bytes);
  }

  private static int unsignedShort(ByteBuffer in, int at) {
    return Short.toUnsignedInt(in.getShort(at));
  }

  private static long unsignedInt(ByteBuffer in, int at) {
    return Integer.toUnsignedLong(in.getInt(at));
  }

  private ModelException bad(String what) {
    return new ModelException("Cannot read weights from " + file + ": " + what);
  }
}
