package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Damages files in many ways. Every run takes another seed; a failure names it, {@code
 * -Dsbert.test.seed=} repeats it.
 */
public final class Mutations {
  /** Damaged copies of a file. */
  public static final int COUNT = Integer.getInteger("sbert.test.mutations", 10_000);

  /**
   * What a reader may allocate in all, garbage included, for a file of no length: buffers, the
   * files beside it, classes that are loaded.
   */
  private static final long ALLOCATED_BYTES = 8 << 20;

  /** And for each byte of a file, whatever lengths it names: copies, trees of JSON, texts. */
  private static final long ALLOCATED_FACTOR = 64;

  private static final String SEED = "sbert.test.seed";

  /** Bytes that hurt where a length, an offset or an instruction is expected. */
  private static final int[] EDGES = {0, 1, 0x7f, 0x80, 0xfe, 0xff, '.', '(', '}', ']', 'R', 'u'};

  /** Text that hurts inside JSON. */
  private static final List<String> SNIPPETS =
      List.of("null", "-1", "1e999", "0.5", "9223372036854775808", "2147483647", "\"\"", "[[", "{");

  private final long seed = Long.getLong(SEED, System.nanoTime());

  /** For a process of its own. */
  public long seed() {
    return seed;
  }

  /** The same at every call. */
  public Random random() {
    return new Random(seed);
  }

  /**
   * Reads {@link #COUNT} damaged copies of a file, one after the other in the same place. The
   * reader has to succeed or to throw a {@link ModelException}, and may allocate no more than a
   * multiple of the file's size.
   *
   * @param good what stands in the file before and after
   */
  public void read(byte[] good, Path file, Consumer<Path> reader) throws IOException {
    read(good, file, COUNT, reader);
  }

  /** As above, with a number of copies. */
  public void read(byte[] good, Path file, int count, Consumer<Path> reader) throws IOException {
    Files.write(file, good);
    reader.accept(file);
    Random random = random();
    int refused = 0;
    for (int i = 0; i < count; i++) {
      byte[] bytes = mutate(good, random);
      // Some file systems flush a file that is cut to nothing and written again.
      Files.delete(file);
      Files.write(file, bytes);
      long bound = ALLOCATED_BYTES + ALLOCATED_FACTOR * good.length;
      long before = allocatedBytes();
      boolean isRefused = isRefused(file, i, reader);
      if (allocatedBytes() - before > bound) {
        // Once more: now all classes that it needs are loaded.
        before = allocatedBytes();
        isRefused = isRefused(file, i, reader);
        assertThat(allocatedBytes() - before)
            .as("bytes allocated for %s, mutation %d, %s", file.getFileName(), i, this)
            .isLessThan(bound);
      }
      refused += isRefused ? 1 : 0;
    }
    Files.write(file, good);
    assertThat(refused).as("refused of %d, %s", count, this).isGreaterThan(count / 20);
  }

  private boolean isRefused(Path file, int mutation, Consumer<Path> reader) {
    try {
      reader.accept(file);
      return false;
    } catch (ModelException e) {
      assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(2000);
      return true;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "%s, mutation %d, %s".formatted(file.getFileName(), mutation, this), e);
    }
  }

  /** By this thread so far. */
  private static long allocatedBytes() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  @Override
  public String toString() {
    return "-D%s=%d".formatted(SEED, seed);
  }

  /** A copy with one to four changes. */
  public static byte[] mutate(byte[] good, Random random) {
    byte[] bytes = good;
    for (int n = random.nextInt(4); n >= 0; n--) {
      bytes = mutateOnce(bytes, random);
    }
    return bytes;
  }

  private static byte[] mutateOnce(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(bytes.length);
    int length = 1 + random.nextInt(Math.min(8, bytes.length - at));
    byte[] copy = bytes.clone();
    switch (random.nextInt(8)) {
      case 0 -> copy[at] = (byte) random.nextInt();
      case 1 -> copy[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> copy[at] = (byte) EDGES[random.nextInt(EDGES.length)];
      case 3 -> Arrays.fill(copy, at, at + length, (byte) EDGES[random.nextInt(EDGES.length)]);
      case 4 -> copy = Arrays.copyOf(bytes, at);
      case 5 -> copy = splice(bytes, at, length, new byte[0]);
      case 6 -> copy = splice(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
      default -> {
        String snippet = SNIPPETS.get(random.nextInt(SNIPPETS.size()));
        copy = splice(bytes, at, length, snippet.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return copy;
  }

  /** These bytes in the place of some others. */
  private static byte[] splice(byte[] bytes, int at, int length, byte[] replacement) {
    byte[] spliced = new byte[bytes.length - length + replacement.length];
    System.arraycopy(bytes, 0, spliced, 0, at);
    System.arraycopy(replacement, 0, spliced, at, replacement.length);
    System.arraycopy(
        bytes, at + length, spliced, at + replacement.length, bytes.length - at - length);
    return spliced;
  }
}
