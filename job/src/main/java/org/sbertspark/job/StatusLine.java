package org.sbertspark.job;

import java.io.PrintWriter;

/**
 * Where progress is told on standard error: on a terminal one line that is rewritten, elsewhere
 * lines below one another. For one thread at a time.
 */
final class StatusLine {
  /** The launcher sets it if standard error is a terminal; Java cannot tell by itself. */
  private static final String TERMINAL = "SBERT_SPARK_TERMINAL";

  private final PrintWriter err;
  private final boolean terminal;
  private int painted;

  StatusLine(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  static StatusLine on(PrintWriter err) {
    return new StatusLine(err, "1".equals(System.getenv(TERMINAL)));
  }

  boolean isTerminal() {
    return terminal;
  }

  void show(String line) {
    if (terminal) {
      err.print("\r" + line + " ".repeat(Math.max(0, painted - line.length())));
      err.flush();
      painted = line.length();
    } else {
      say(line);
    }
  }

  /** A line that stays. */
  void say(String line) {
    wipe();
    err.println(Main.NAME + ": " + line);
  }

  /** Takes the line off a terminal. */
  void wipe() {
    if (painted > 0) {
      err.print("\r" + " ".repeat(painted) + "\r");
      err.flush();
      painted = 0;
    }
  }
}
