package org.sbertspark.model.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.HubClient.Content;
import org.sbertspark.model.hub.HubClient.RemoteFile;

/** A file of a model on its way here: each attempt goes on where the one before broke off. */
final class PartialDownload {
  /** How much farther an attempt must come so that its failure is not one more in a row. */
  private static final long PROGRESS_BYTES = 1 << 20;

  /** A hub keeps files without a size in git, where they are small. */
  private static final long LARGEST_WITHOUT_SIZE = 64L << 20;

  private final HubClient client;
  private final RemoteFile file;
  private final Path partial;
  private final Progress progress;

  /** Most bytes that were here after any attempt. */
  private long farthest;

  /**
   * Nothing is asked for yet.
   *
   * @param partial where the bytes go; what is there already is the beginning of the file, perhaps
   *     of an earlier run
   */
  PartialDownload(HubClient client, RemoteFile file, Path partial, Progress progress) {
    this.client = client;
    this.file = file;
    this.partial = partial;
    this.progress = progress;
  }

  /**
   * One attempt to get what is missing. Takes at most one byte more than announced, which tells
   * that the file is another.
   *
   * @return the file, which has the announced size or more
   * @throws TransientFailure if the next attempt may come farther
   */
  Path receive() throws IOException, TransientFailure {
    try (FileChannel out =
        FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (!isWhole(out.size())) {
        try (Content content = client.open(file, out.size())) {
          if (content.fromByte() != 0 && content.fromByte() != out.size()) {
            out.truncate(0);
            throw TransientFailure.of(
                content.host() + " does not go on where the download broke off", null);
          }
          out.truncate(content.fromByte());
          out.position(content.fromByte());
          copy(content, out);
        }
      }
      return partial;
    } catch (ClosedByInterruptException e) {
      // The thread's flag is still set.
      throw new ModelException("Interrupted while fetching " + file.name(), e);
    }
  }

  /** Whether size and checksum are those that the hub announced. Reads the file. */
  static boolean isRight(RemoteFile file, Path partial) throws IOException {
    long size = Files.size(partial);
    return file.sizeBytes().orElse(size) == size && file.checksum().matches(partial);
  }

  private boolean isWhole(long bytes) {
    return file.sizeBytes().isPresent() && bytes >= file.sizeBytes().getAsLong();
  }

  private void copy(Content content, FileChannel out) throws IOException, TransientFailure {
    long total = file.sizeBytes().orElse(-1);
    long most = file.sizeBytes().orElse(LARGEST_WITHOUT_SIZE) + 1;
    long told = out.position();
    progress.update(file.name(), told, total);
    while (out.position() < most) {
      Optional<List<ByteBuffer>> next = next(content, out.position());
      if (next.isEmpty()) {
        break;
      }
      for (ByteBuffer piece : next.get()) {
        piece.limit(piece.position() + (int) Math.min(piece.remaining(), most - out.position()));
        while (piece.hasRemaining()) {
          out.write(piece);
        }
      }
      if (out.position() - told >= PROGRESS_BYTES) {
        told = out.position();
        progress.update(file.name(), told, total);
      }
    }
    progress.update(file.name(), out.position(), total);
    if (out.position() < total) {
      throw brokenOff(content, out.position(), "it ends too early", null);
    }
  }

  private Optional<List<ByteBuffer>> next(Content content, long position) throws TransientFailure {
    try {
      return client.next(content.answer());
    } catch (IOException e) {
      throw brokenOff(content, position, HubHttp.reason(e), e);
    }
  }

  private TransientFailure brokenOff(Content content, long position, String why, Throwable cause) {
    boolean progressed = position - farthest >= PROGRESS_BYTES;
    farthest = Math.max(farthest, position);
    String of = file.sizeBytes().isPresent() ? " of " + file.sizeBytes().getAsLong() : "";
    return TransientFailure.brokenOff(
        "the download from %s breaks off after %d%s bytes: %s"
            .formatted(content.host(), position, of, why),
        progressed,
        cause);
  }
}
