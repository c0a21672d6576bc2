package org.sbertspark.job;

import java.util.regex.Pattern;

/**
 * A task under a name.
 *
 * @param name letters, digits, dots, hyphens and underscores: a file is called so
 * @param revision of the data set, as whoever gave it says; null if nobody did
 */
record NamedTask(String name, String revision, TaskOptions options) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  NamedTask {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "Cannot call a task \"%s\": expected letters, digits, dots, hyphens and underscores"
              .formatted(name));
    }
  }
}
