package org.sbertspark.model;

/** Text that a file says, made fit for a message. */
final class Untrusted {
  private static final int MAX_CHARS = 100;

  private Untrusted() {}

  /** One short line of printable ASCII. */
  static String printable(String text) {
    String shortened = text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS - 3) + "...";
    return shortened.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
