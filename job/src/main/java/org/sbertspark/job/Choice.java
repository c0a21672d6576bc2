package org.sbertspark.job;

import java.util.Locale;

/** A constant of an enum that users write in lower case: on the command line and in manifests. */
interface Choice {
  String name();

  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
