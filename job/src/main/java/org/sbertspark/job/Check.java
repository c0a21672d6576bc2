package org.sbertspark.job;

/**
 * What the doctor says of one thing.
 *
 * @param name what was looked at
 * @param finding what is there
 * @param advice what to do; empty if all is well
 */
record Check(Level level, String name, String finding, String advice) {

  /** From best to worst. */
  enum Level {
    OK("ok  "),
    WARN("warn"),
    FAIL("FAIL");

    private final String label;

    Level(String label) {
      this.label = label;
    }
  }

  static Check ok(String name, String finding) {
    return new Check(Level.OK, name, finding, "");
  }

  static Check warn(String name, String finding, String advice) {
    return new Check(Level.WARN, name, finding, advice);
  }

  static Check fail(String name, String finding, String advice) {
    return new Check(Level.FAIL, name, finding, advice);
  }

  boolean failed() {
    return level == Level.FAIL;
  }

  /** The same of another machine. */
  Check of(String machine) {
    return new Check(level, machine + ", " + name, finding, advice);
  }

  @Override
  public String toString() {
    String line = "%s  %s: %s".formatted(level.label, name, finding);
    return advice.isEmpty() ? line : line + "  -> " + advice;
  }
}
