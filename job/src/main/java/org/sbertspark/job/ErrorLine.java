package org.sbertspark.job;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A failure in one line. What is thrown inside a task reaches the driver wrapped several times, and
 * with the task's stack trace inside the message; the line is that of its root.
 */
final class ErrorLine {
  private static final String OURS = "org.sbertspark.";

  /** In a task's failure as the scheduler words it: an exception's class and message. */
  private static final Pattern IN_MESSAGE =
      Pattern.compile("(?m)(?:\\): |^Caused by: )((?:[a-z][\\w]*\\.)+[A-Z][\\w$]*): (.+)$");

  /** How Spark says that a CSV file's header is another one; it goes on with the header itself. */
  private static final Pattern OTHER_HEADER =
      Pattern.compile(
          "CSV header does not conform to the schema|Number of column in CSV header is not equal");

  private static final Pattern CSV_FILE = Pattern.compile("(?m)CSV file: (\\S+)");

  private ErrorLine() {}

  static String of(Throwable failure) {
    List<Throwable> chain = chain(failure);
    for (Throwable cause : chain) {
      if (cause.getClass().getName().startsWith(OURS) && cause.getMessage() != null) {
        return firstLine(cause.getMessage());
      }
    }
    Throwable root = chain.get(chain.size() - 1);
    String message = root.getMessage();
    if (root instanceof OutOfMemoryError || (message != null && message.contains("heap space"))) {
      return "the run failed: out of memory (%s); give the driver or the executors more, with"
              .formatted(firstLine(message))
          + " --driver-memory or --executor-memory before the command's name";
    }
    if (message == null && isIn(root, "CSVHeaderChecker")) {
      // Spark stumbles over a header in which a name is missing.
      return otherHeader("");
    }
    if (message == null) {
      return "the run failed: %s without a message; --verbose shows where"
          .formatted(root.getClass().getSimpleName());
    }
    if (message.contains("stopped SparkContext")) {
      return "the run failed: no master answered, or the cluster ended the application; look at"
          + " --master and at the master's log";
    }
    if (OTHER_HEADER.matcher(message).find()) {
      return otherHeader(message);
    }
    if (root instanceof IllegalArgumentException) {
      return firstLine(message);
    }
    return inTask(message, root.getClass().getSimpleName());
  }

  private static boolean isIn(Throwable failure, String simpleName) {
    return Arrays.stream(failure.getStackTrace())
        .anyMatch(frame -> frame.getClassName().endsWith("." + simpleName));
  }

  /** Without the header: in a file that has none it is the first record. */
  private static String otherHeader(String message) {
    Matcher file = CSV_FILE.matcher(message);
    return ("Cannot read %s: its header does not name the same columns, in the same order, as other"
            + " files of the input; mend it or leave it out, or take columns by their places with"
            + " --read-option enforceSchema=true")
        .formatted(file.find() ? file.group(1) : "a file of the input");
  }

  /** The failure of a task whose exception the driver could not read back. */
  private static String inTask(String message, String type) {
    Matcher exception = IN_MESSAGE.matcher(message);
    String last = null;
    while (exception.find()) {
      if (exception.group(1).startsWith(OURS)) {
        return exception.group(2);
      }
      String simpleName = exception.group(1).substring(exception.group(1).lastIndexOf('.') + 1);
      last = "the run failed: %s (%s)".formatted(exception.group(2), simpleName);
    }
    if (last != null) {
      return last;
    }
    String first = firstLine(message);
    if (message.contains("ExecutorLostFailure")) {
      return "the run failed: %s; if the executor was killed for its memory, raise".formatted(first)
          + " spark.executor.memoryOverhead: the model lives outside the heap";
    }
    return "the run failed: %s (%s)".formatted(first, type);
  }

  static String firstLine(String message) {
    int end = message.indexOf('\n');
    return (end < 0 ? message : message.substring(0, end)).strip();
  }

  private static List<Throwable> chain(Throwable failure) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> chain = new ArrayList<>();
    for (Throwable t = failure; t != null && seen.add(t); t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }
}
