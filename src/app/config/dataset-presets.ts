/** Settings for the WeChat Big Data Challenge 2021: the paper's three tasks, and the stay that its stages ask for. */
export const WECHAT_PRESET = {
  tasks: [
    { name: 'like', trial: 'impression', success: 'like', label: 'event' },
    { name: 'click_avatar', trial: 'impression', success: 'profile_enter', label: 'event' },
    { name: 'forward', trial: 'impression', success: 'share', label: 'event' },
    { name: 'stay', trial: 'impression', success: 'stay', label: 'quantile' },
  ],
  stages: { clickTask: 'like', stayTask: 'stay', conversionTask: 'forward' },
  features: {
    context: ['device'],
    user: [],
    item: ['author', 'duration', 'singer', 'tag'],
    attributes: [],
  },
}

/** Settings for KuaiLive; a gift is the conversion. Names are those of user.csv and streamer.csv. */
export const KUAILIVE_PRESET = {
  tasks: [
    { name: 'click', trial: 'impression', success: 'click', label: 'event' },
    { name: 'stay', trial: 'impression', success: 'stay', label: 'quantile' },
    { name: 'gift', trial: 'impression', success: 'order', label: 'event' },
  ],
  stages: { clickTask: 'click', stayTask: 'stay', conversionTask: 'gift' },
  features: {
    context: ['hour'],
    user: ['country', 'device_brand', ...Array.from({ length: 7 }, (_, n) => `onehot_feat${n}`)],
    item: ['author', 'gender', 'age', 'live_operation_tag', 'fans_user_num'],
    attributes: [
      { name: 'gender', buckets: 8 },
      { name: 'age', buckets: 16 },
      { name: 'device_price', buckets: 16 },
      { name: 'fans_num', buckets: 16 },
      { name: 'follow_num', buckets: 16 },
      { name: 'is_live_streamer', buckets: 4 },
      { name: 'is_photo_author', buckets: 4 },
    ],
  },
}
