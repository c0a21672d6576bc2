package org.sbertspark.job;

/** Checks of option values; what they throw becomes a usage error. */
final class Arguments {
  private Arguments() {}

  static void atLeast(String option, long value, long least, String expected) {
    require(value >= least, option, value, expected);
  }

  static void require(boolean ok, String option, Object value, String expected) {
    if (!ok) {
      throw new IllegalArgumentException(
          "%s is %s, expected %s".formatted(option, value, expected));
    }
  }
}
