/**
 * Settings for KuaiRand: its tasks, and its feature columns split into extractor attributes (few values, in ranges) and
 * plain embeddings. Conversion is is_profile_enter. user_active_degree and is_lowactive_period are never inputs. The
 * crosses are those of some twenty that helped on the validation day.
 */
export const KUAIRAND_PRESET = {
  tasks: [
    { name: 'click', trial: 'impression', success: 'click', label: 'event' },
    { name: 'stay', trial: 'impression', success: 'stay', label: 'quantile' },
    { name: 'profile_enter', trial: 'impression', success: 'profile_enter', label: 'event' },
  ],
  stages: { clickTask: 'click', stayTask: 'stay', conversionTask: 'profile_enter' },
  features: {
    context: ['tab', 'hour'],
    user: [1, 2, 3, 4, 5, 7, 8, 9, 10, 11].map((n) => `onehot_feat${n}`),
    item: ['author', 'video_type', 'upload_type', 'music_type', 'tag', 'duration'],
    attributes: [
      { name: 'is_live_streamer', buckets: 8 },
      { name: 'is_video_author', buckets: 8 },
      { name: 'follow_user_num_range', buckets: 16 },
      { name: 'fans_user_num_range', buckets: 16 },
      { name: 'friend_user_num_range', buckets: 16 },
      { name: 'register_days_range', buckets: 16 },
      { name: 'onehot_feat0', buckets: 8 },
      { name: 'onehot_feat6', buckets: 8 },
    ],
  },
  ranker: {
    crosses: [
      ['context:tab', 'item:duration'],
      ['context:tab', 'item:upload_type'],
      ['context:tab', 'item:music_type'],
      ['context:tab', 'state:stage'],
      ['item:duration', 'state:stage'],
      ['item:tag', 'item:duration'],
      ['id:user', 'context:tab'],
    ],
  },
}
