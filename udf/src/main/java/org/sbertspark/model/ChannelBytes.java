package org.sbertspark.model;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/** Parts of a file, little-endian. The caller has checked that they lie inside the file. */
final class ChannelBytes {
  private ChannelBytes() {}

  /** A copy on the heap. */
  static ByteBuffer read(FileChannel channel, long offset, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        throw new EOFException("unexpected end of file");
      }
    }
    return buffer.flip();
  }

  /** A read-only view that outlives the channel; at most 2 GiB. */
  static ByteBuffer map(FileChannel channel, long offset, long bytes) throws IOException {
    // A mapping of zero bytes is refused by some platforms.
    ByteBuffer buffer =
        bytes == 0 ? ByteBuffer.allocate(0) : channel.map(MapMode.READ_ONLY, offset, bytes);
    return buffer.order(ByteOrder.LITTLE_ENDIAN);
  }
}
