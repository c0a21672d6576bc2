package org.sbertspark.training;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.sbertspark.model.Sha256;

/**
 * The examples of one data set, spilled to a local file while they stream in; 16 bytes of memory an
 * example. Their order comes from their contents, so the order in which a shuffle delivered them
 * does not matter. Reading is thread-safe.
 *
 * <p>An example in the file: the number of bytes that follow, then for each text the number of its
 * bytes and its UTF-8; numbers are of 32 bits, big-endian.
 */
public final class ExampleFile implements AutoCloseable {
  private final String name;
  private final int texts;
  private final HashedOffsets offsets;
  private final FileChannel channel;

  private ExampleFile(String name, int texts, HashedOffsets offsets, FileChannel channel) {
    this.name = name;
    this.texts = texts;
    this.offsets = offsets;
    this.channel = channel;
  }

  /**
   * Starts an empty file.
   *
   * @param file does not exist
   * @param name of the data set, for messages
   */
  public static Writer create(Path file, String name) throws IOException {
    return new Writer(file, name);
  }

  /** Takes the examples one by one. Not thread-safe. Closed without an end it leaves no file. */
  public static final class Writer implements AutoCloseable {
    private final Path file;
    private final String name;
    private final DataOutputStream out;
    private final HashedOffsets offsets = new HashedOffsets();
    private final MessageDigest digest = Sha256.digest();
    private int texts;
    private long position;
    private boolean finished;

    private Writer(Path file, String name) throws IOException {
      this.file = file;
      this.name = name;
      this.out =
          new DataOutputStream(
              new BufferedOutputStream(
                  Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), 1 << 16));
    }

    /**
     * Adds an example.
     *
     * @param example an anchor, a positive and any number of negatives, as many as in every other
     * @throws IllegalArgumentException if a text is null or the number of texts is another
     */
    public Writer add(List<String> example) throws IOException {
      requireTexts(example);
      texts = example.size();
      byte[] record = record(example);
      offsets.add(ByteBuffer.wrap(digest.digest(record)).getLong(), position);
      out.writeInt(record.length);
      out.write(record);
      position += Integer.BYTES + record.length;
      return this;
    }

    private void requireTexts(List<String> example) {
      for (int i = 0; i < example.size(); i++) {
        if (example.get(i) == null) {
          throw new IllegalArgumentException(
              "Cannot train on data set %s: text %d of an example is null; leave such rows out"
                  .formatted(name, i + 1));
        }
      }
      int expected = texts == 0 ? Math.max(2, example.size()) : texts;
      if (example.size() != expected) {
        throw new IllegalArgumentException(
            "Cannot train on data set %s: an example has %d texts, expected %d"
                .formatted(name, example.size(), expected));
      }
    }

    private static byte[] record(List<String> example) {
      List<byte[]> texts = new ArrayList<>(example.size());
      int bytes = 0;
      for (String text : example) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes = Math.addExact(bytes, Integer.BYTES + utf8.length);
        texts.add(utf8);
      }
      ByteBuffer record = ByteBuffer.allocate(bytes);
      texts.forEach(utf8 -> record.putInt(utf8.length).put(utf8));
      return record.array();
    }

    /** Ends the file; the writer is closed then. */
    public ExampleFile finish() throws IOException {
      out.close();
      // Equal hashes are equal examples: of a billion, two others share 64 bits with probability
      // 3%.
      offsets.sortByHash();
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE);
      finished = true;
      return new ExampleFile(name, texts, offsets, channel);
    }

    @Override
    public void close() throws IOException {
      if (!finished) {
        try {
          out.close();
        } finally {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** Of the data set. */
  public String name() {
    return name;
  }

  /** The number of examples. */
  public int size() {
    return offsets.size();
  }

  /** The same for the same examples, whatever order they came in. */
  public long contentHash() {
    return offsets.hashOfAll();
  }

  /** The number of texts that each example has; 0 where there are no examples. */
  public int texts() {
    return texts;
  }

  /**
   * One example.
   *
   * @param place from 0; equal data sets have equal examples at equal places
   * @throws UncheckedIOException if the file cannot be read
   */
  public Example get(int place) {
    long offset = offsets.offset(Objects.checkIndex(place, size()));
    try {
      int bytes = read(offset, Integer.BYTES).getInt();
      ByteBuffer record = read(offset + Integer.BYTES, bytes);
      List<String> example = new ArrayList<>(texts);
      for (int i = 0; i < texts; i++) {
        byte[] utf8 = new byte[record.getInt()];
        record.get(utf8);
        example.add(new String(utf8, StandardCharsets.UTF_8));
      }
      return new Example(example);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot read example %d of data set %s from its temporary file: %s"
              .formatted(place, name, e.getMessage()),
          e);
    }
  }

  private ByteBuffer read(long offset, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        throw new EOFException("it is cut off");
      }
    }
    return buffer.flip();
  }

  /** Deletes the file. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
