package org.sbertspark.inference;

import java.util.List;
import java.util.Locale;

/** The engine failed on a batch. The message has sizes and the engine's reason, never a text. */
public class EncodingException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_REASON = 300;

  /** What went wrong. */
  public enum Fault {
    /** The engine or the tokenizer refused the texts. */
    ENGINE,
    /** There was no memory outside of the JVM's heap. */
    OUT_OF_MEMORY;

    /** A short word for tables: {@code engine}, {@code out_of_memory}. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** As libtorch's allocators say it, on the CPU and on a GPU. */
  private static final List<String> NO_MEMORY =
      List.of(
          "can't allocate memory",
          "not enough memory",
          "out of memory",
          "std::bad_alloc",
          "cublas_status_alloc_failed");

  private final Fault fault;

  public EncodingException(String message, Throwable cause) {
    super(message, cause);
    this.fault = isOutOfMemory(cause) ? Fault.OUT_OF_MEMORY : Fault.ENGINE;
  }

  public Fault fault() {
    return fault;
  }

  /** Whether this failure, or one below it, is one of memory that is not the heap's. */
  static boolean isOutOfMemory(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      if (NO_MEMORY.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }

  /** What to do where the memory of a device, which is not the heap, does not suffice. */
  static String moreMemory(ComputeDevice device) {
    return device.isGpu()
        ? "let fewer tasks share the GPU (spark.task.resource.gpu.amount)"
        : "raise spark.executor.memoryOverhead (with a local master: lower --driver-memory)";
  }

  /** An engine's message on one line, without the native stack that follows it. */
  static String reason(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String line = message.replaceAll("\\s+", " ").strip();
    return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
  }
}
