package org.sbertspark.job;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What this jar was built with; Maven writes it into {@code build.properties}. */
record BuildInfo(
    String version,
    String spark,
    String scala,
    String djl,
    String libtorch,
    String natives,
    String chartJs) {

  static final BuildInfo CURRENT = read();

  private static BuildInfo read() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BuildInfo(
        properties.getProperty("version"),
        properties.getProperty("spark"),
        properties.getProperty("scala"),
        properties.getProperty("djl"),
        properties.getProperty("libtorch"),
        properties.getProperty("natives"),
        properties.getProperty("chartjs"));
  }
}
