package org.sbertspark.model;

/**
 * How token vectors become one vector. The order is that in which several are concatenated; the
 * flags are those of {@code 1_Pooling/config.json}, the words those of its newer {@code
 * pooling_mode}.
 */
public enum PoolingMode {
  CLS("pooling_mode_cls_token", "cls"),
  MAX("pooling_mode_max_tokens", "max"),
  MEAN("pooling_mode_mean_tokens", "mean"),
  MEAN_SQRT_LEN("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
  WEIGHTED_MEAN("pooling_mode_weightedmean_tokens", "weightedmean"),
  LAST_TOKEN("pooling_mode_lasttoken", "lasttoken");

  private final String flag;
  private final String word;

  PoolingMode(String flag, String word) {
    this.flag = flag;
    this.word = word;
  }

  String flag() {
    return flag;
  }

  /** As in the newer configurations. */
  public String word() {
    return word;
  }
}
